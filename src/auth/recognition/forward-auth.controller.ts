import { All, Controller, Get, HttpCode, Param, Query, Res } from '@nestjs/common';
import {
  ApiExcludeEndpoint,
  ApiForbiddenResponse,
  ApiNoContentResponse,
  ApiOperation,
  ApiPropertyOptional,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AnyCredential, Caller, OutsideTransaction } from '../../access/declarations';
import { PERMISSIONS, type Permission } from '../../access/permissions';
import type { ApiKeyPrincipal, UserPrincipal } from '../../access/principal';
import { AnyQuery } from '../../access/unknown-parameter.guard';
import { NotAudited } from '../../audit/audited';
import { Forbidden } from '../../http/problems';

export class VerifyQueryDto {
  @ApiPropertyOptional({
    enum: Object.keys(PERMISSIONS),
    description: 'What the caller must be allowed to do',
  })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  permission?: string;
}

const QUESTIONS = '/v1/auth/verify/for/';

/** What comes along with one is meant for the product. */
export const isQuestionOfGateway = ({ url }: FastifyRequest): boolean => url.startsWith(QUESTIONS);

/** Forward authentication: a gateway asks before it lets a request through to the product. */
@ApiTags('Gateways')
@Controller('v1/auth')
export class ForwardAuthController {
  /**
   * All three headers are always set: a gateway that copies them on overwrites whatever the client sent under these
   * names. Gateways understand no other refusals than 401 and 403, so an unknown permission is one nobody has.
   */
  @Get('verify')
  @HttpCode(204)
  @AnyCredential()
  @OutsideTransaction()
  @ApiOperation({ summary: 'For gateways: whether the credential of a request is good, and for what' })
  @ApiNoContentResponse({
    description: 'Let it through',
    headers: {
      'x-workspace-id': { schema: { type: 'string', format: 'uuid' } },
      'x-principal': { schema: { type: 'string' }, description: '`user:<id>` or `api_key:<id>`' },
      'x-role': { schema: { type: 'string' }, description: 'Role of a person; `none` for an API key' },
    },
  })
  @ApiUnauthorizedResponse({ description: 'No good credential' })
  @ApiForbiddenResponse({ description: '`forbidden`, `insufficient_scope`' })
  verify(
    @Caller() caller: UserPrincipal | ApiKeyPrincipal,
    @Query() { permission }: VerifyQueryDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): void {
    letThrough(caller, permission, reply);
  }

  /**
   * The same for gateways that ask with the method of the request and append its path, as Envoy does. The permission
   * is part of the path, `any` for none; what follows is the request's own, query and all, and means nothing here.
   * Envoy lets through what is answered 200, and takes any other status, 204 too, for a refusal.
   */
  @All('verify/for/:permission/*')
  @AnyQuery()
  @HttpCode(200)
  @AnyCredential()
  @OutsideTransaction()
  @NotAudited('It reads and changes nothing.')
  @ApiExcludeEndpoint()
  verifyRequest(
    @Caller() caller: UserPrincipal | ApiKeyPrincipal,
    @Param('permission') permission: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): void {
    letThrough(caller, permission === 'any' ? undefined : permission, reply);
  }
}

/** Throws 403 `forbidden` or `insufficient_scope`. */
function letThrough(
  caller: UserPrincipal | ApiKeyPrincipal,
  permission: string | undefined,
  reply: FastifyReply,
): void {
  if (permission !== undefined && !caller.permissions.has(permission as Permission)) {
    const code = caller.kind === 'api_key' ? 'insufficient_scope' : 'forbidden';
    throw new Forbidden(`This needs the permission ${permission}.`, code);
  }
  void reply.headers({
    'x-workspace-id': caller.workspaceId,
    'x-principal': `${caller.kind}:${caller.id}`,
    'x-role': caller.kind === 'user' ? caller.role : 'none',
  });
}

import { Body, Controller, Get, Headers, HttpCode, Post, Res } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBody,
  ApiForbiddenResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AnyCredential, Caller, OnlyLooks, OutsideTransaction, Public } from '../../access/declarations';
import type { ApiKeyPrincipal, UserPrincipal } from '../../access/principal';
import { NotAudited } from '../../audit/audited';
import { Config } from '../../config/config';
import { type Decision, Evaluation } from './evaluation.service';

const QUESTION = {
  subject: { type: 'member', id: '019a0000-0000-7000-8000-000000000001' },
  action: { name: 'runs:write' },
  resource: { type: 'run', id: '42' },
};
const body = (example: object) => ({
  schema: { type: 'object' as const, additionalProperties: true, example },
});

/** The OpenID AuthZEN Authorization API 1.0: may somebody do something here? On the permissions of src/access. */
@ApiTags('Gateways')
@Controller()
export class AuthzenController {
  constructor(
    private readonly config: Config,
    private readonly evaluation: Evaluation,
  ) {}

  @Get('.well-known/authzen-configuration')
  @Public()
  @ApiOperation({ summary: 'Where questions go (AuthZEN 1.0 section 9)' })
  @ApiOkResponse()
  configuration(): object {
    const { publicUrl } = this.config;
    return {
      policy_decision_point: publicUrl,
      access_evaluation_endpoint: `${publicUrl}/access/v1/evaluation`,
      access_evaluations_endpoint: `${publicUrl}/access/v1/evaluations`,
    };
  }

  @Post('access/v1/evaluation')
  @HttpCode(200)
  @AnyCredential()
  @OutsideTransaction()
  @OnlyLooks()
  @NotAudited('It only answers.')
  @ApiOperation({ summary: 'May this user, member or API key do this? (AuthZEN 1.0 section 6)' })
  @ApiBody(body(QUESTION))
  @ApiOkResponse(body({ decision: true, context: { reason: 'permission_held' } }))
  @ApiBadRequestResponse({ description: '`validation_failed`' })
  @ApiForbiddenResponse({ description: 'About others than oneself, without `members:read`' })
  one(
    @Caller() caller: UserPrincipal | ApiKeyPrincipal,
    @Body() question: unknown,
    @Headers('x-request-id') requestId: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Decision> {
    echo(requestId, reply);
    return this.evaluation.one(caller, question);
  }

  @Post('access/v1/evaluations')
  @HttpCode(200)
  @AnyCredential()
  @OutsideTransaction()
  @OnlyLooks()
  @NotAudited('It only answers.')
  @ApiOperation({ summary: 'Many such questions at once (AuthZEN 1.0 section 7)' })
  @ApiBody(
    body({
      ...QUESTION,
      evaluations: [{ action: { name: 'runs:read' } }, { action: { name: 'runs:write' } }],
      options: { evaluations_semantic: 'execute_all' },
    }),
  )
  @ApiOkResponse(body({ evaluations: [{ decision: true, context: { reason: 'permission_held' } }] }))
  @ApiBadRequestResponse({ description: '`validation_failed`' })
  @ApiForbiddenResponse({ description: 'About others than oneself, without `members:read`' })
  many(
    @Caller() caller: UserPrincipal | ApiKeyPrincipal,
    @Body() questions: unknown,
    @Headers('x-request-id') requestId: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    echo(requestId, reply);
    return this.evaluation.many(caller, questions);
  }
}

/** Whoever names a request finds the name on its answer (section 10.1.3). */
function echo(requestId: string | undefined, reply: FastifyReply): void {
  if (requestId !== undefined && /^[\x21-\x7e]{1,128}$/.test(requestId))
    void reply.header('x-request-id', requestId);
}

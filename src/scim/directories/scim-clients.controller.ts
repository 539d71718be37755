import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Caller, RequireFreshAuthentication, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { Config } from '../../config/config';
import { type Page, PageQuery, toPage } from '../../http/page';
import { IdParam } from '../../http/uuid-param';
import { TOKEN_PATH } from '../oauth/token-request';
import { SCIM_PREFIX } from '../scim-problem.renderer';
import {
  CreateScimTokenDto,
  IssuedScimClientDto,
  RotatedScimClientDto,
  RotateScimTokenDto,
  ScimClientDto,
  ScimClientPage,
} from './scim-tokens.dto';
import { type IssuedScimToken, ScimTokensService } from './scim-tokens.service';

/** OAuth clients: directories that exchange an id and a secret for short-lived access tokens. */
@ApiTags('SCIM clients')
@Controller('v1/scim/clients')
export class ScimClientsController {
  constructor(
    private readonly tokens: ScimTokensService,
    private readonly config: Config,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Create an OAuth client for a directory; this answer alone carries its secret' })
  @RequirePermission('scim:write')
  @RequireFreshAuthentication()
  @Audited('scim_client.created')
  @ApiCreatedResponse({ type: IssuedScimClientDto })
  async create(
    @Caller() caller: UserPrincipal,
    @Body() input: CreateScimTokenDto,
  ): Promise<IssuedScimClientDto> {
    const terms = { ...input, kind: 'client', createdBy: caller.memberId } as const;
    return this.shown(await this.tokens.issue(terms));
  }

  @Get()
  @ApiOperation({ summary: 'List the OAuth clients of directories' })
  @RequirePermission('scim:read')
  @ApiOkResponse({ type: ScimClientPage })
  async list(@Query() query: PageQuery): Promise<Page<ScimClientDto>> {
    return toPage(await this.tokens.list(query, 'client'), query.limit, (client) => ScimClientDto.of(client));
  }

  @Post(':id/rotate')
  @ApiOperation({ summary: 'A new client in place of an old one, which goes on working for a while' })
  @RequirePermission('scim:write')
  @RequireFreshAuthentication()
  @Audited('scim_client.rotated')
  @ApiCreatedResponse({ type: RotatedScimClientDto })
  @ApiConflictResponse({ description: '`scim_token_ended`' })
  async rotate(
    @Caller() caller: UserPrincipal,
    @IdParam('SCIM client') id: string,
    @Body() input: RotateScimTokenDto,
  ): Promise<RotatedScimClientDto> {
    const issued = await this.tokens.rotate(id, 'client', { ...input, createdBy: caller.memberId });
    return { ...this.shown(issued), previous: ScimClientDto.of(issued.previous) };
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Revoke a client and its access tokens, from the next request on' })
  @HttpCode(204)
  @RequirePermission('scim:write')
  @Audited('scim_client.revoked')
  @ApiNoContentResponse()
  revoke(@IdParam('SCIM client') id: string): Promise<void> {
    return this.tokens.revoke(id, 'client');
  }

  private shown({ token, text }: IssuedScimToken): IssuedScimClientDto {
    const { publicUrl } = this.config;
    return {
      ...ScimClientDto.of(token),
      clientSecret: text,
      tokenUrl: `${publicUrl}${TOKEN_PATH}`,
      baseUrl: `${publicUrl}${SCIM_PREFIX}`,
    };
  }
}

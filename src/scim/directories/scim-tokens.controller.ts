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
import { SCIM_PREFIX } from '../scim-problem.renderer';
import {
  CreateScimTokenDto,
  IssuedScimTokenDto,
  RotatedScimTokenDto,
  RotateScimTokenDto,
  ScimTokenDto,
  ScimTokenPage,
} from './scim-tokens.dto';
import { type IssuedScimToken, ScimTokensService } from './scim-tokens.service';

@ApiTags('SCIM tokens')
@Controller('v1/scim/tokens')
export class ScimTokensController {
  constructor(
    private readonly tokens: ScimTokensService,
    private readonly config: Config,
  ) {}

  /** People only: an API key or a directory must not be able to let in another directory. */
  @Post()
  @ApiOperation({ summary: 'Create a SCIM token; this answer alone carries it' })
  @RequirePermission('scim:write')
  @RequireFreshAuthentication()
  @Audited('scim_token.created')
  @ApiCreatedResponse({ type: IssuedScimTokenDto })
  async create(
    @Caller() caller: UserPrincipal,
    @Body() input: CreateScimTokenDto,
  ): Promise<IssuedScimTokenDto> {
    return this.shown(await this.tokens.issue({ ...input, createdBy: caller.memberId }));
  }

  @Get()
  @ApiOperation({ summary: 'List SCIM tokens' })
  @RequirePermission('scim:read')
  @ApiOkResponse({ type: ScimTokenPage })
  async list(@Query() query: PageQuery): Promise<Page<ScimTokenDto>> {
    return toPage(await this.tokens.list(query, 'token'), query.limit, (token) => ScimTokenDto.of(token));
  }

  @Post(':id/rotate')
  @ApiOperation({ summary: 'A new token in place of an old one, which goes on working for a while' })
  @RequirePermission('scim:write')
  @RequireFreshAuthentication()
  @Audited('scim_token.rotated')
  @ApiCreatedResponse({ type: RotatedScimTokenDto })
  @ApiConflictResponse({ description: '`scim_token_ended`' })
  async rotate(
    @Caller() caller: UserPrincipal,
    @IdParam('SCIM token') id: string,
    @Body() input: RotateScimTokenDto,
  ): Promise<RotatedScimTokenDto> {
    const issued = await this.tokens.rotate(id, 'token', { ...input, createdBy: caller.memberId });
    return { ...this.shown(issued), previous: ScimTokenDto.of(issued.previous) };
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Revoke a SCIM token, from its next request on' })
  @HttpCode(204)
  @RequirePermission('scim:write')
  @Audited('scim_token.revoked')
  @ApiNoContentResponse()
  revoke(@IdParam('SCIM token') id: string): Promise<void> {
    return this.tokens.revoke(id, 'token');
  }

  private shown({ token, text }: IssuedScimToken): IssuedScimTokenDto {
    return { ...ScimTokenDto.of(token), token: text, baseUrl: `${this.config.publicUrl}${SCIM_PREFIX}` };
  }
}

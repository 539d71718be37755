import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { AnyCredential, Caller, RequirePermission, RequireScope } from '../access/declarations';
import { API_KEY_SCOPES, PERMISSIONS } from '../access/permissions';
import type { UserPrincipal } from '../access/principal';
import { Audited } from '../audit/audited';
import { type Page, PageQuery, toPage } from '../http/page';
import { IdParam } from '../http/uuid-param';
import {
  ApiKeyDto,
  ApiKeyPage,
  CreateApiKeyDto,
  IssuedApiKeyDto,
  RotateApiKeyDto,
  RotatedApiKeyDto,
  type ScopeDto,
  ScopePage,
  UpdateApiKeyDto,
} from './api-keys.dto';
import { ApiKeysService } from './api-keys.service';

/** For people only: where no @RequireScope stands no key gets in, so a key cannot beget keys. */
@ApiTags('API keys')
@Controller('v1')
export class ApiKeysController {
  constructor(private readonly apiKeys: ApiKeysService) {}

  @Get('api-keys')
  @RequirePermission('api_keys:read')
  @ApiOperation({ summary: 'List API keys, newest first' })
  @ApiOkResponse({ type: ApiKeyPage })
  async list(@Query() query: PageQuery): Promise<Page<ApiKeyDto>> {
    return toPage(await this.apiKeys.list(query), query.limit, (key) => ApiKeyDto.of(key));
  }

  @Get('api-keys/scopes')
  @AnyCredential()
  @ApiOperation({ summary: 'The scopes an API key may carry, each with a sentence' })
  @ApiOkResponse({ type: ScopePage })
  scopes(): Page<ScopeDto> {
    const data = API_KEY_SCOPES.map((name) => ({ name, description: PERMISSIONS[name] }));
    return { data, nextCursor: null };
  }

  @Get('api-keys/:id')
  @RequirePermission('api_keys:read')
  @ApiOperation({ summary: 'One API key' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: ApiKeyDto })
  async get(@IdParam('API key') id: string): Promise<ApiKeyDto> {
    return ApiKeyDto.of(await this.apiKeys.get(id));
  }

  @Get('members/:id/api-keys')
  @RequirePermission('members:read')
  @RequireScope('members:read')
  @ApiOperation({ summary: 'The API keys a member made, newest first' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: ApiKeyPage })
  async listOfMember(@IdParam('Member') id: string, @Query() query: PageQuery): Promise<Page<ApiKeyDto>> {
    return toPage(await this.apiKeys.listOf(id, query), query.limit, (key) => ApiKeyDto.of(key));
  }

  @Post('api-keys')
  @RequirePermission('api_keys:write')
  @Audited('api_key.created')
  @ApiOperation({ summary: 'Create an API key; this answer alone carries it' })
  @ApiCreatedResponse({ type: IssuedApiKeyDto })
  async create(@Caller() caller: UserPrincipal, @Body() input: CreateApiKeyDto): Promise<IssuedApiKeyDto> {
    const { key, text } = await this.apiKeys.create(caller, {
      ...input,
      expiresAt: instantOf(input.expiresAt),
    });
    return { ...ApiKeyDto.of(key), key: text };
  }

  @Patch('api-keys/:id')
  @RequirePermission('api_keys:write')
  @Audited('api_key.updated')
  @ApiOperation({ summary: 'Change name, scopes, expiry or allowed addresses; what is left out stays' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: ApiKeyDto })
  async update(
    @Caller() caller: UserPrincipal,
    @IdParam('API key') id: string,
    @Body() input: UpdateApiKeyDto,
  ): Promise<ApiKeyDto> {
    const changes = { ...input, expiresAt: instantOf(input.expiresAt) };
    return ApiKeyDto.of(await this.apiKeys.update(caller, id, changes));
  }

  @Delete('api-keys/:id')
  @HttpCode(204)
  @RequirePermission('api_keys:write')
  @Audited('api_key.revoked')
  @ApiOperation({ summary: 'Revoke an API key, from its next request on' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiNoContentResponse()
  async revoke(@IdParam('API key') id: string): Promise<void> {
    await this.apiKeys.revoke(id);
  }

  @Post('api-keys/:id/rotate')
  @RequirePermission('api_keys:write')
  @Audited('api_key.rotated')
  @ApiOperation({ summary: 'A new key in place of an old one, which may work on for a while' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiCreatedResponse({ type: RotatedApiKeyDto })
  async rotate(
    @Caller() caller: UserPrincipal,
    @IdParam('API key') id: string,
    @Body() { overlapSeconds }: RotateApiKeyDto,
  ): Promise<RotatedApiKeyDto> {
    const { key, text, previous } = await this.apiKeys.rotate(caller, id, overlapSeconds ?? 0);
    return { ...ApiKeyDto.of(key), key: text, previous: ApiKeyDto.of(previous) };
  }
}

/** Absent stays absent and null stays null: they mean different things. */
function instantOf(text: string | null | undefined): Date | null | undefined {
  return text ? new Date(text) : (text as null | undefined);
}

import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import {
  AnyCredential,
  Caller,
  RequireFreshAuthentication,
  RequirePermission,
  RequireScope,
} from '../access/declarations';
import type { UserPrincipal } from '../access/principal';
import { Audited } from '../audit/audited';
import { type Page, pageOfAll, PageQuery } from '../http/page';
import { IdParam } from '../http/uuid-param';
import { ApiKeyDto, ApiKeyPage, IssuedApiKeyDto, RotatedApiKeyDto, ScopePage } from './api-key.dto';
import { type ApiKeyListing, ApiKeyQuery } from './api-key-list';
import { scopesNamed } from './api-key-scopes';
import { CreateApiKeyDto, RotateApiKeyDto, UpdateApiKeyDto } from './api-keys.dto';
import { type ApiKeyChanges, ApiKeysService } from './api-keys.service';

/** For people only: where no @RequireScope stands no key gets in, so a key cannot beget keys. */
@ApiTags('API keys')
@Controller('v1')
export class ApiKeysController {
  constructor(private readonly apiKeys: ApiKeysService) {}

  @Get('api-keys')
  @RequirePermission('api_keys:read')
  @ApiOperation({ summary: 'List API keys, newest first unless told otherwise' })
  @ApiOkResponse({ type: ApiKeyPage })
  async list(@Query() query: ApiKeyQuery): Promise<Page<ApiKeyDto>> {
    return pageWith(await this.apiKeys.list(query));
  }

  @Get('api-keys/scopes')
  @AnyCredential()
  @ApiOperation({ summary: 'The scopes an API key may carry, each with a sentence, and the presets' })
  @ApiOkResponse({ type: ScopePage })
  scopes(@Query() query: PageQuery): ScopePage {
    const { data, presets } = ScopePage.whole;
    return { ...pageOfAll(data, query), presets };
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
  async listOfMember(@IdParam('Member') id: string, @Query() query: ApiKeyQuery): Promise<Page<ApiKeyDto>> {
    return pageWith(await this.apiKeys.listOf(id, query));
  }

  @Post('api-keys')
  @RequirePermission('api_keys:write')
  @RequireFreshAuthentication()
  @Audited('api_key.created')
  @ApiOperation({ summary: 'Create an API key; this answer alone carries it' })
  @ApiCreatedResponse({ type: IssuedApiKeyDto })
  async create(@Caller() caller: UserPrincipal, @Body() input: CreateApiKeyDto): Promise<IssuedApiKeyDto> {
    const scopes = scopesNamed(input)!;
    const { key, text } = await this.apiKeys.create(caller, { ...termsOf(input), name: input.name, scopes });
    return { ...ApiKeyDto.of(key), key: text };
  }

  @Patch('api-keys/:id')
  @RequirePermission('api_keys:write')
  @Audited('api_key.updated')
  @ApiOperation({ summary: 'Change name, scopes, expiry, addresses or limit; what is left out stays' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: ApiKeyDto })
  async update(
    @Caller() caller: UserPrincipal,
    @IdParam('API key') id: string,
    @Body() input: UpdateApiKeyDto,
  ): Promise<ApiKeyDto> {
    return ApiKeyDto.of(await this.apiKeys.update(caller, id, termsOf(input)));
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
  @RequireFreshAuthentication()
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

  @Post('api-keys/:id/adopt')
  @HttpCode(200)
  @RequirePermission('api_keys:write')
  @RequireFreshAuthentication()
  @Audited('api_key.adopted')
  @ApiOperation({ summary: 'Answer for a key whose maker has left: from now on it is yours' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: ApiKeyDto })
  async adopt(@Caller() caller: UserPrincipal, @IdParam('API key') id: string): Promise<ApiKeyDto> {
    return ApiKeyDto.of(await this.apiKeys.adopt(caller, id));
  }
}

/** Absent stays absent and null stays null: they mean different things. */
function termsOf(input: UpdateApiKeyDto): ApiKeyChanges {
  const { name, expiresAt, allowedIps, rateLimit } = input;
  return {
    ...{ name, allowedIps, rateLimit },
    scopes: scopesNamed(input),
    expiresAt: expiresAt ? new Date(expiresAt) : (expiresAt as null | undefined),
  };
}

const pageWith = ({ keys, nextCursor }: ApiKeyListing): Page<ApiKeyDto> => ({
  data: keys.map((key) => ApiKeyDto.of(key)),
  nextCursor,
});

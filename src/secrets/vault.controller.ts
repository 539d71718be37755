import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Put, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { Caller, RequireFreshAuthentication, RequirePermission, RequireScope } from '../access/declarations';
import type { ApiKeyPrincipal, UserPrincipal } from '../access/principal';
import { Audited } from '../audit/audited';
import { DoneAnew } from '../audit/only-once';
import { type Page, PageQuery, toPage } from '../http/page';
import { IdParam } from '../http/uuid-param';
import { Reveals } from './reveals.service';
import {
  CreateSecretDto,
  ReplaceSecretDto,
  RevealedSecretDto,
  RevealSecretDto,
  SecretDto,
  SecretPage,
  UpdateSecretDto,
} from './vault.dto';
import { VaultService } from './vault.service';

@ApiTags('Secrets')
@Controller('v1/secrets')
export class VaultController {
  constructor(
    private readonly vault: VaultService,
    private readonly reveals: Reveals,
  ) {}

  @Get()
  @RequirePermission('secrets:read')
  @ApiOperation({ summary: 'List secrets by name, never with their values' })
  @ApiOkResponse({ type: SecretPage })
  async list(@Query() query: PageQuery): Promise<Page<SecretDto>> {
    return toPage(await this.vault.list(query), query.limit, (secret) => SecretDto.of(secret));
  }

  @Post()
  @RequirePermission('secrets:write')
  @Audited('secret.created')
  @ApiOperation({ summary: 'Store a secret' })
  @ApiCreatedResponse({ type: SecretDto })
  async create(@Body() { name, value, ...terms }: CreateSecretDto): Promise<SecretDto> {
    return SecretDto.of(await this.vault.create(name, value, terms));
  }

  @Put(':id')
  @RequirePermission('secrets:write')
  @Audited('secret.updated')
  @ApiOperation({ summary: 'Put another value in its place; the one of before stays as a version' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: SecretDto })
  async replace(
    @IdParam('Secret') id: string,
    @Body() { name, value }: ReplaceSecretDto,
  ): Promise<SecretDto> {
    return SecretDto.of(await this.vault.replace(id, value, name));
  }

  @Patch(':id')
  @RequirePermission('secrets:write')
  @Audited('secret.updated')
  @ApiOperation({ summary: 'Change its name, or what is asked of whoever reads it' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: SecretDto })
  async update(@IdParam('Secret') id: string, @Body() terms: UpdateSecretDto): Promise<SecretDto> {
    return SecretDto.of(await this.vault.update(id, terms));
  }

  @Delete(':id')
  @HttpCode(204)
  @RequirePermission('secrets:write')
  @Audited('secret.deleted')
  @ApiOperation({ summary: 'Delete a secret with all its versions' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiNoContentResponse()
  async delete(@IdParam('Secret') id: string): Promise<void> {
    await this.vault.delete(id);
  }

  @Post(':id/reveal')
  @HttpCode(200)
  @RequirePermission('secrets:reveal')
  @RequireScope('secrets:reveal')
  @RequireFreshAuthentication()
  @DoneAnew('Each look at a value is on record before the value leaves.')
  @Audited('secret.accessed')
  @ApiOperation({ summary: 'Read the value of a secret; recorded before it is answered' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: RevealedSecretDto })
  async reveal(
    @Caller() caller: UserPrincipal | ApiKeyPrincipal,
    @IdParam('Secret') id: string,
    @Body() { reason, version }: RevealSecretDto = {},
  ): Promise<RevealedSecretDto> {
    return { value: await this.reveals.reveal(caller, { id, reason, version }) };
  }
}

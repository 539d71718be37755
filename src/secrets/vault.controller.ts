import { Body, Controller, Delete, Get, HttpCode, Post, Put, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { RequireFreshAuthentication, RequirePermission, RequireScope } from '../access/declarations';
import { Audited } from '../audit/audited';
import { type Page, PageQuery, toPage } from '../http/page';
import { IdParam } from '../http/uuid-param';
import { CreateSecretDto, ReplaceSecretDto, RevealedSecretDto, SecretDto, SecretPage } from './vault.dto';
import { VaultService } from './vault.service';

@ApiTags('Secrets')
@Controller('v1/secrets')
export class VaultController {
  constructor(private readonly vault: VaultService) {}

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
  async create(@Body() { name, value }: CreateSecretDto): Promise<SecretDto> {
    return SecretDto.of(await this.vault.create(name, value));
  }

  @Put(':id')
  @RequirePermission('secrets:write')
  @Audited('secret.updated')
  @ApiOperation({ summary: 'Replace the value of a secret' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: SecretDto })
  async replace(
    @IdParam('Secret') id: string,
    @Body() { name, value }: ReplaceSecretDto,
  ): Promise<SecretDto> {
    return SecretDto.of(await this.vault.replace(id, value, name));
  }

  @Delete(':id')
  @HttpCode(204)
  @RequirePermission('secrets:write')
  @Audited('secret.deleted')
  @ApiOperation({ summary: 'Delete a secret' })
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
  @Audited('secret.accessed')
  @ApiOperation({ summary: 'Read the value of a secret; recorded before it is answered' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: RevealedSecretDto })
  async reveal(@IdParam('Secret') id: string): Promise<RevealedSecretDto> {
    return { value: await this.vault.reveal(id) };
  }
}

import { Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../access/declarations';
import { Audited } from '../audit/audited';
import { type Page, pageOfAll, PageQuery } from '../http/page';
import { NotFound } from '../http/problems';
import { IdParam } from '../http/uuid-param';
import { SecretVersions } from './secret-versions.service';
import { SecretDto, SecretVersionDto, SecretVersionPage } from './vault.dto';
import { VaultService } from './vault.service';

@ApiTags('Secrets')
@Controller('v1/secrets/:id/versions')
export class SecretVersionsController {
  constructor(
    private readonly vault: VaultService,
    private readonly versions: SecretVersions,
  ) {}

  @Get()
  @RequirePermission('secrets:read')
  @ApiOperation({ summary: 'The values a secret had, newest first, without the values' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: SecretVersionPage })
  async list(@IdParam('Secret') id: string, @Query() query: PageQuery): Promise<Page<SecretVersionDto>> {
    await this.vault.get(id);
    const versions = (await this.versions.list(id)).map((version) => SecretVersionDto.of(version));
    return pageOfAll(versions, query);
  }

  @Post(':version/restore')
  @HttpCode(200)
  @RequirePermission('secrets:write')
  @Audited('secret.version_restored')
  @ApiOperation({ summary: 'Make an old value the present one again, as a new version' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiParam({ name: 'version', type: Number })
  @ApiOkResponse({ type: SecretDto })
  async restore(@IdParam('Secret') id: string, @Param('version') version: string): Promise<SecretDto> {
    await this.versions.restore(id, numberOf(version));
    return SecretDto.of(await this.vault.get(id));
  }

  @Delete(':version')
  @HttpCode(204)
  @RequirePermission('secrets:write')
  @Audited('secret.version_destroyed')
  @ApiOperation({ summary: 'Destroy an old value for good' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiParam({ name: 'version', type: Number })
  @ApiNoContentResponse()
  async destroy(@IdParam('Secret') id: string, @Param('version') version: string): Promise<void> {
    await this.versions.destroy(id, numberOf(version));
  }
}

/** What is no number is no version of anything. */
function numberOf(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new NotFound('Secret');
  return Number(text);
}

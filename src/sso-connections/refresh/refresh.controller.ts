import { Controller, HttpCode, Post } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiProperty,
  ApiTags,
} from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequirePermission } from '../../access/declarations';
import type { Principal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { IdParam } from '../../http/uuid-param';
import { ProviderRefresh } from './provider-refresh.service';

class RefreshedDto {
  @ApiProperty({ description: 'Whether the provider says something new, which is now the next revision' })
  changed: boolean;
}

/** Asking an identity provider again what it says about itself. */
@ApiTags('Connections')
@Controller('v1/sso/connections')
export class RefreshController {
  constructor(private readonly provider: ProviderRefresh) {}

  @Post(':id/refresh')
  @HttpCode(200)
  @OutsideTransaction()
  @RequirePermission('sso:write')
  @Audited('sso_connection.refreshed')
  @ApiOperation({ summary: 'Read the metadata or discovery document of the provider again, now' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: RefreshedDto })
  @ApiConflictResponse({
    description:
      '`nothing_to_refresh`, `metadata_entity_changed`, `metadata_expired`, `metadata_endpoint_moved`, `oidc_endpoint_moved`, `connection_changed`',
  })
  async refresh(
    @Caller() { workspaceId }: Principal,
    @IdParam('Connection') id: string,
  ): Promise<RefreshedDto> {
    return { changed: await this.provider.refresh({ id, workspaceId }, { origin: 'metadata_refresh' }) };
  }
}

import { Controller, Post, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { SECTIONS } from '../../auth/pages/sections';
import { IdParam } from '../../http/uuid-param';
import { ProviderRefresh } from '../../sso-connections/refresh/provider-refresh.service';
import { backTo, type Onward } from '../shows-page';
import { pageOf } from './connection-page';

const { path } = SECTIONS.connections;

/** Asks the identity provider of a connection what it says about itself; the call below /v1 does as much. */
@ApiExcludeController()
@Controller(`${path}/connections/:id/reading`)
export class ReadingFormController {
  constructor(private readonly provider: ProviderRefresh) {}

  @Post()
  @Redirect(path, 303)
  @OutsideTransaction()
  @RequirePermission('sso:write')
  @Audited('sso_connection.refreshed')
  async read(@Caller() { workspaceId }: UserPrincipal, @IdParam('Connection') id: string): Promise<Onward> {
    const changed = await this.provider.refresh({ id, workspaceId }, { origin: 'metadata_refresh' });
    return backTo(pageOf(id), changed ? 'changed' : 'unchanged');
  }
}

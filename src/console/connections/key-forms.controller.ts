import { Body, Controller, Post, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequirePermission, WithoutFeature } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { SECTIONS } from '../../auth/pages/sections';
import { Database } from '../../database/database';
import { IdParam } from '../../http/uuid-param';
import { ConnectionKeys } from '../../sso-connections/keys/connection-keys.service';
import { newKeyPair } from '../../sso-connections/keys/key-pair';
import { backTo, type Onward } from '../shows-page';
import { pageOf } from './connection-page';
import { NextKeyFormDto } from './connections-forms.dto';

const { path } = SECTIONS.connections;

/** One key of ours after another, on the page of a connection; the calls below /v1 do as much. */
@ApiExcludeController()
@Controller(`${path}/connections/:id`)
export class KeyFormsController {
  constructor(
    private readonly database: Database,
    private readonly keys: ConnectionKeys,
  ) {}

  /** The first one, which signs at once. */
  @Post('key')
  @Redirect(path, 303)
  @OutsideTransaction()
  @RequirePermission('sso:write')
  @Audited('sso_connection.key_published', 'sso_connection.key_activated')
  async makeFirst(
    @Caller() { workspaceId }: UserPrincipal,
    @IdParam('Connection') id: string,
  ): Promise<Onward> {
    const pair = await newKeyPair(id);
    await this.database.inWorkspace(workspaceId, () => this.keys.begin(id, pair));
    return backTo(pageOf(id), 'key');
  }

  @Post('keys')
  @Redirect(path, 303)
  @OutsideTransaction()
  @RequirePermission('sso:write')
  @Audited('sso_connection.key_published')
  async makeNext(
    @Caller() { workspaceId }: UserPrincipal,
    @IdParam('Connection') id: string,
  ): Promise<Onward> {
    const pair = await newKeyPair(id);
    await this.database.inWorkspace(workspaceId, () => this.keys.publish(id, pair));
    return backTo(pageOf(id), 'next');
  }

  @Post('keys/:keyId/activate')
  @Redirect(path, 303)
  @RequirePermission('sso:write')
  @Audited('sso_connection.key_activated')
  async signWith(
    @IdParam('Connection') id: string,
    @IdParam('Key', 'keyId') keyId: string,
    @Body() { overlapDays }: NextKeyFormDto,
  ): Promise<Onward> {
    await this.keys.activate(id, keyId, overlapDays);
    return backTo(pageOf(id), 'signs');
  }

  @Post('keys/:keyId/remove')
  @Redirect(path, 303)
  @WithoutFeature()
  @RequirePermission('sso:write')
  @Audited('sso_connection.key_removed')
  async takeAway(@IdParam('Connection') id: string, @IdParam('Key', 'keyId') keyId: string): Promise<Onward> {
    await this.keys.remove(id, keyId);
    return backTo(pageOf(id), 'gone');
  }
}

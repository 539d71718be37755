import { Injectable } from '@nestjs/common';
import { In, MoreThan } from 'typeorm';
import { Database } from '../database/database';
import { decodeCursor, type PageQuery } from '../http/page';
import { NotFound } from '../http/problems';
import type { ConnectionWithSettings } from './connection.dto';
import { ConnectionKeys } from './keys/connection-keys.service';
import { RefreshRecords } from './refresh/refresh-records.service';
import { OidcSettings } from './oidc-settings.entity';
import { ConnectionRevisions } from './revisions/connection-revisions.service';
import { SettingsRows } from './revisions/settings-rows.service';
import { shown } from './revisions/snapshot';
import { SamlSettings } from './saml-settings.entity';
import { SsoConnection } from './sso-connection.entity';

/** Connections of the workspace in flight with their settings, as administrators see them. */
@Injectable()
export class ConnectionReader {
  constructor(
    private readonly database: Database,
    private readonly revisions: ConnectionRevisions,
    private readonly rows: SettingsRows,
    private readonly keys: ConnectionKeys,
    private readonly refreshes: RefreshRecords,
  ) {}

  /** One connection more than the page holds, oldest first. */
  async list({ limit, cursor }: PageQuery): Promise<ConnectionWithSettings[]> {
    const where = cursor ? { id: MoreThan(decodeCursor(cursor)) } : {};
    return this.withSettings(await this.connections.find({ where, order: { id: 'ASC' }, take: limit + 1 }));
  }

  /** Throws NotFound. */
  async get(id: string): Promise<ConnectionWithSettings> {
    const [found] = await this.withSettings(await this.connections.findBy({ id }));
    if (!found) throw new NotFound('Connection');
    return found;
  }

  /** As `get`; nobody else changes the connection until the transaction ends. */
  async getForChange(id: string): Promise<ConnectionWithSettings> {
    const connection = await this.connections.findOne({ where: { id }, lock: { mode: 'for_no_key_update' } });
    const [found] = await this.withSettings(connection ? [connection] : []);
    if (!found) throw new NotFound('Connection');
    return found;
  }

  /** Throws NotFound. */
  async refuseUnknown(id: string): Promise<void> {
    if (!(await this.connections.existsBy({ id }))) throw new NotFound('Connection');
  }

  /** The settings in force as the audit trail tells of them: everything that decides whom it trusts, no secret. */
  async show(id: string): Promise<Record<string, unknown>> {
    return shown(await this.rows.read(id));
  }

  private async withSettings(connections: SsoConnection[]): Promise<ConnectionWithSettings[]> {
    const ids = (type: string) =>
      connections.filter((connection) => connection.type === type).map(({ id }) => id);
    const [saml, oidc] = [ids('saml'), ids('oidc')];
    const samlRows = saml.length > 0 ? await this.samlSettings.findBy({ connectionId: In(saml) }) : [];
    const oidcRows = oidc.length > 0 ? await this.oidcSettings.findBy({ connectionId: In(oidc) }) : [];
    const all = connections.map(({ id }) => id);
    const keys = await this.keys.of(all);
    const tested = await this.revisions.tested(all);
    const refreshes = await this.refreshes.of(all);
    return connections.map((connection) => ({
      connection,
      keys: keys.filter(({ connectionId }) => connectionId === connection.id),
      saml: samlRows.find(({ connectionId }) => connectionId === connection.id),
      oidc: oidcRows.find(({ connectionId }) => connectionId === connection.id),
      tested: tested.has(connection.id),
      refresh: refreshes.get(connection.id),
    }));
  }

  private get connections() {
    return this.database.repository(SsoConnection);
  }

  private get samlSettings() {
    return this.database.repository(SamlSettings);
  }

  private get oidcSettings() {
    return this.database.repository(OidcSettings);
  }
}

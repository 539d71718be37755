import { Injectable } from '@nestjs/common';
import { In, MoreThan } from 'typeorm';
import { AuditTrail } from '../audit/audit-trail';
import { Database } from '../database/database';
import { decodeCursor, type PageQuery } from '../http/page';
import { Conflict, NotFound } from '../http/problems';
import { SecretsService } from '../secrets/secrets.service';
import type { ConnectionWithSettings } from './connection.dto';
import { differences, summaryOf } from './connection-summary';
import { ConnectionKeys } from './keys/connection-keys.service';
import type { KeyPair } from './keys/key-pair';
import { OidcSettings } from './oidc-settings.entity';
import { SamlSettings } from './saml-settings.entity';
import { SsoConnection } from './sso-connection.entity';

type Described<Settings> = Partial<Omit<Settings, 'connectionId' | 'workspaceId'>>;

type SamlOption =
  | 'requestBinding'
  | 'ssoPostUrl'
  | 'signRequests'
  | 'forceAuthn'
  | 'requestedAuthnContext'
  | 'allowIdpInitiated'
  | 'sloBinding'
  | 'sloResponseUrl';

export type ConnectionFields = Pick<SsoConnection, 'name' | 'provider' | 'attributeMapping'>;
/** Options of requests have defaults in the database. */
export type SamlFields = Omit<SamlSettings, 'connectionId' | 'workspaceId' | SamlOption> &
  Partial<Pick<SamlSettings, SamlOption>>;
export type OidcFields = Omit<OidcSettings, 'connectionId' | 'workspaceId' | 'clientSecretId'>;

/** A connection ready to be kept, with what has to be encrypted still in the clear. */
export type NewConnection = ConnectionFields &
  (
    | { type: 'saml'; settings: SamlFields; key: KeyPair }
    | { type: 'oidc'; settings: OidcFields; clientSecret: string }
  );

/** What to change; what is absent stays. */
export interface ConnectionChanges {
  connection: Partial<ConnectionFields>;
  saml?: Partial<SamlFields>;
  oidc?: Partial<OidcFields>;
  clientSecret?: string;
}

/** Keeps the connections of the workspace in flight, and writes every change into the audit trail. */
@Injectable()
export class ConnectionAdmin {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly secrets: SecretsService,
    private readonly keys: ConnectionKeys,
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

  async create(
    id: string,
    { type, name, provider, attributeMapping, ...rest }: NewConnection,
  ): Promise<ConnectionWithSettings> {
    await this.connections.insert({ id, type, name, provider, attributeMapping });
    if ('key' in rest) {
      await this.samlSettings.insert({ connectionId: id, ...rest.settings });
      await this.keys.createFirst(id, rest.key);
    } else {
      const clientSecretId = await this.secrets.store('oidc_client_secret', rest.clientSecret);
      await this.oidcSettings.insert({ connectionId: id, ...rest.settings, clientSecretId });
    }
    const created = await this.get(id);
    this.record('sso_connection.created', created, summaryOf(created));
    return created;
  }

  /** Throws NotFound. */
  async update(
    id: string,
    { connection, saml, oidc, clientSecret }: ConnectionChanges,
  ): Promise<ConnectionWithSettings> {
    const before = await this.getForChange(id);
    await this.connections.update({ id }, { ...connection, updatedAt: () => 'now()' });
    if (before.saml && hasFields(saml)) await this.samlSettings.update({ connectionId: id }, saml);
    if (before.oidc) await this.updateOidc(before.oidc, oidc, clientSecret);

    const after = await this.get(id);
    this.record('sso_connection.updated', after, {
      ...differences(summaryOf(before), summaryOf(after)),
      ...(clientSecret !== undefined && { clientSecret: 'replaced' }),
    });
    return after;
  }

  /** From draft or disabled to active. `untested`: nobody has signed in by it yet, which is worth a second look. */
  async activate(id: string, untested: boolean): Promise<ConnectionWithSettings> {
    const { connection } = await this.getForChange(id);
    await this.connections.update({ id }, { status: 'active', updatedAt: () => 'now()' });
    const after = await this.get(id);
    this.record(
      'sso_connection.activated',
      after,
      { name: connection.name, from: connection.status, untested },
      untested ? 'high' : undefined,
    );
    return after;
  }

  /** From active to disabled: nobody signs in by it until it is activated again. Throws 409 for a draft. */
  async disable(id: string): Promise<ConnectionWithSettings> {
    const { connection } = await this.getForChange(id);
    if (connection.status === 'draft') {
      throw new Conflict('connection_is_draft', 'This connection is a draft: nobody signs in by it yet.');
    }
    await this.connections.update({ id }, { status: 'disabled', updatedAt: () => 'now()' });
    const after = await this.get(id);
    this.record('sso_connection.disabled', after, { name: connection.name, from: connection.status });
    return after;
  }

  /** Deletes the connection with its settings, secrets and the identities known through it. Throws NotFound. */
  async delete(id: string): Promise<void> {
    const deleted = await this.getForChange(id);
    const secretIds = await this.keys.secretsOf(id);
    if (deleted.oidc) secretIds.push(deleted.oidc.clientSecretId);
    await this.connections.delete({ id });
    for (const secretId of secretIds) await this.secrets.remove(secretId);
    this.record('sso_connection.deleted', deleted, {
      ...summaryOf(deleted),
      status: deleted.connection.status,
    });
  }

  /** A new client secret gets a row, and so an id, of its own: whoever opened the old one cannot mistake it. */
  private async updateOidc(
    before: OidcSettings,
    changes: Described<OidcSettings> = {},
    clientSecret?: string,
  ): Promise<void> {
    const { connectionId, clientSecretId: replaced } = before;
    const fields: Described<OidcSettings> = { ...changes };
    if (clientSecret !== undefined) {
      fields.clientSecretId = await this.secrets.store('oidc_client_secret', clientSecret);
    }
    if (hasFields(fields)) await this.oidcSettings.update({ connectionId }, fields);
    if (clientSecret !== undefined) await this.secrets.remove(replaced);
  }

  private async getForChange(id: string): Promise<ConnectionWithSettings> {
    const connection = await this.connections.findOne({ where: { id }, lock: { mode: 'for_no_key_update' } });
    const [found] = await this.withSettings(connection ? [connection] : []);
    if (!found) throw new NotFound('Connection');
    return found;
  }

  private async withSettings(connections: SsoConnection[]): Promise<ConnectionWithSettings[]> {
    const ids = (type: string) =>
      connections.filter((connection) => connection.type === type).map(({ id }) => id);
    const [saml, oidc] = [ids('saml'), ids('oidc')];
    const samlRows = saml.length > 0 ? await this.samlSettings.findBy({ connectionId: In(saml) }) : [];
    const oidcRows = oidc.length > 0 ? await this.oidcSettings.findBy({ connectionId: In(oidc) }) : [];
    const keys = await this.keys.of(connections.map(({ id }) => id));
    return connections.map((connection) => ({
      connection,
      keys: keys.filter(({ connectionId }) => connectionId === connection.id),
      saml: samlRows.find(({ connectionId }) => connectionId === connection.id),
      oidc: oidcRows.find(({ connectionId }) => connectionId === connection.id),
    }));
  }

  private record(
    type: `sso_connection.${'created' | 'updated' | 'activated' | 'disabled' | 'deleted'}`,
    { connection: { id } }: ConnectionWithSettings,
    data: Record<string, unknown>,
    risk?: 'high',
  ): void {
    this.trail.record({ type, target: { type: 'sso_connection', id }, data, ...(risk && { risk }) });
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

/** An update of nothing is no SQL. */
function hasFields<T extends object>(fields: T | undefined): fields is T {
  return fields !== undefined && Object.values(fields).some((value) => value !== undefined);
}

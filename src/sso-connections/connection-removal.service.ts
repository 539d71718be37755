import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail';
import { Database } from '../database/database';
import { SecretsService } from '../secrets/secrets.service';
import { ConnectionEndings } from './connection-endings';
import { ConnectionReader } from './connection-reader.service';
import { SsoConnection } from './sso-connection.entity';

/** Takes a connection away for good, with everything that belongs to it only. */
@Injectable()
export class ConnectionRemoval {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly secrets: SecretsService,
    private readonly reader: ConnectionReader,
    private readonly endings: ConnectionEndings,
  ) {}

  /**
   * Deletes the connection with its settings, its history, every secret it ever had and the identities known
   * through it. Throws NotFound, and 409 `enforcement_depends_on_it` for the last active one of a workspace that
   * refuses passwords.
   */
  async delete(id: string): Promise<void> {
    await this.reader.refuseUnknown(id);
    await this.endings.around(id, () => this.take(id));
  }

  private async take(id: string): Promise<void> {
    const { connection } = await this.reader.getForChange(id);
    const settings = await this.reader.show(id);
    const secretIds = await this.secretsOf(id);
    await this.database.repository(SsoConnection).delete({ id });
    for (const secretId of secretIds) await this.secrets.remove(secretId);
    const { type, status, revision } = connection;
    this.trail.record({
      type: 'sso_connection.deleted',
      target: { type: 'sso_connection', id },
      data: { type, ...settings, status, revision },
    });
  }

  /** Of our keys, and the client secrets that the settings in force or any revision refer to. */
  private async secretsOf(id: string): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `select secret_id::text as id from connection_keys where connection_id = $1
       union
       select client_secret_id::text from oidc_settings where connection_id = $1 and client_secret_id is not null
       union
       select snapshot #>> '{oidc,client_secret_id}' from connection_revisions
        where connection_id = $1 and snapshot #>> '{oidc,client_secret_id}' is not null`,
      [id],
    );
    return rows.map((row) => row.id);
  }
}

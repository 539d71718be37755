import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { NO_SETTINGS, type SettingsTable, type Snapshot } from './snapshot';

/** Reads the rows of a connection as one snapshot, and puts a snapshot back in their place. */
@Injectable()
export class SettingsRows {
  constructor(private readonly database: Database) {}

  /** The settings in force, of a connection that is locked. */
  async read(connectionId: string): Promise<Snapshot> {
    const [row] = await this.database.query<{ snapshot: Snapshot }>(
      `select jsonb_build_object('connection', to_jsonb(c) - $2::text[], 'saml', to_jsonb(s) - $3::text[],
                                 'oidc', to_jsonb(o) - $4::text[]) as snapshot
         from sso_connections c
         left join saml_settings s on s.connection_id = c.id
         left join oidc_settings o on o.connection_id = c.id
        where c.id = $1`,
      [connectionId, NO_SETTINGS.sso_connections, NO_SETTINGS.saml_settings, NO_SETTINGS.oidc_settings],
    );
    return row!.snapshot;
  }

  /** Brings the settings of a snapshot back. Columns that were not there yet get their default. */
  async write(connectionId: string, { connection, saml, oidc }: Snapshot): Promise<void> {
    await this.writeRow('sso_connections', 'id', connectionId, connection);
    if (saml) await this.writeRow('saml_settings', 'connection_id', connectionId, saml);
    if (oidc) await this.writeRow('oidc_settings', 'connection_id', connectionId, oidc);
  }

  private async writeRow(table: SettingsTable, key: string, id: string, row: object): Promise<void> {
    const columns = await this.columnsOf(table);
    const sets = columns.map((name) => `"${name}" = ${name in row ? `r."${name}"` : 'default'}`);
    await this.database.query(
      `update ${table} t set ${sets.join(', ')} from jsonb_populate_record(null::${table}, $2) r where t.${key} = $1`,
      [id, JSON.stringify(row)],
    );
  }

  private async columnsOf(table: SettingsTable): Promise<string[]> {
    const columns = await this.database.query<{ name: string }>(
      `select attname as name from pg_attribute
        where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''
          and attname <> all ($2)`,
      [table, NO_SETTINGS[table]],
    );
    return columns.map(({ name }) => name);
  }
}

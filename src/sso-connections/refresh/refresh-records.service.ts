import { Injectable } from '@nestjs/common';
import { DAY_SECONDS } from '../../config/durations';
import { Database } from '../../database/database';

/** How looking again at a provider's description went. */
export interface RefreshState {
  readonly lastTriedAt: Date;
  readonly lastSucceededAt: Date | null;
  /** In a row, since it last succeeded. */
  readonly failures: number;
  readonly error: string | null;
}

interface Row extends RefreshState {
  readonly connectionId: string;
}

const RETRY_SECONDS = 3_600;

/** When each provider of the workspace in flight was last asked to describe itself, and how that went. */
@Injectable()
export class RefreshRecords {
  constructor(private readonly database: Database) {}

  /**
   * Records an attempt unless the last one is less than `pauseSeconds` ago. Of several concurrent calls, over all
   * instances, one returns true.
   */
  async claim(connectionId: string, pauseSeconds: number, now: Date): Promise<boolean> {
    const rows = await this.database.query(
      `insert into provider_refreshes (connection_id, last_tried_at, next_due_at)
       values ($1, $2::timestamptz, $2::timestamptz + make_interval(secs => $4))
       on conflict (connection_id) do update set last_tried_at = excluded.last_tried_at
         where provider_refreshes.last_tried_at <= $2::timestamptz - make_interval(secs => $3)
       returning connection_id`,
      [connectionId, now, pauseSeconds, RETRY_SECONDS],
    );
    return rows.length > 0;
  }

  async succeeded(connectionId: string, now: Date, nextDueAt: Date): Promise<void> {
    await this.database.query(
      `update provider_refreshes set last_succeeded_at = $2, failures = 0, error = null, next_due_at = $3
        where connection_id = $1`,
      [connectionId, now, nextDueAt],
    );
  }

  /** Answers how many failures in a row that makes. */
  async failed(connectionId: string, now: Date, error: string): Promise<number> {
    const [row] = await this.database.query<{ failures: number }>(
      `update provider_refreshes
          set failures = failures + 1, error = $3, next_due_at = $2::timestamptz + make_interval(secs => $4)
        where connection_id = $1 returning failures`,
      [connectionId, now, error, RETRY_SECONDS],
    );
    return row?.failures ?? 1;
  }

  async of(connectionIds: readonly string[]): Promise<Map<string, RefreshState>> {
    const rows = await this.database.query<Row>(
      `select connection_id as "connectionId", last_tried_at as "lastTriedAt", last_succeeded_at as "lastSucceededAt",
              failures, error
         from provider_refreshes where connection_id = any ($1)`,
      [connectionIds],
    );
    return new Map(rows.map(({ connectionId, ...state }) => [connectionId, state]));
  }

  /** The connections in use whose provider should be asked again. One never asked waits a day from its making. */
  async due(now: Date): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `select c.id from sso_connections c
         left join saml_settings s on s.connection_id = c.id
         left join oidc_settings o on o.connection_id = c.id
         left join provider_refreshes r on r.connection_id = c.id
        where c.status <> 'disabled' and (not o.manual or s.metadata_url is not null)
          and coalesce(r.next_due_at,
                       c.created_at + make_interval(secs => case c.type when 'saml' then $2 / 4.0 else $2 end)) <= $1
        order by c.id`,
      [now, DAY_SECONDS],
    );
    return rows.map(({ id }) => id);
  }
}

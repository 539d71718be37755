import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SealedEntries } from '../../audit/seals/sealed-entries.service';
import { Database } from '../../database/database';

/** One instance's turn at one stream. */
export interface Turn {
  readonly streamId: string;
  readonly workspaceId: string;
  /** Of this turn and no other. */
  readonly holder: string;
  /** The newest seal when the turn began: every look in this turn sees it. */
  readonly newestSeal: number;
}

/** Longer than any message may take; a holder renews it before each. */
const LEASE_SECONDS = 60;

/** Which instance is at which stream: one at a time, or events would arrive out of order. */
@Injectable()
export class StreamTurns {
  constructor(
    private readonly database: Database,
    private readonly entries: SealedEntries,
  ) {}

  /**
   * Takes streams that are due at `now` and nobody else is at; by the clock of the database unless told. Those of
   * workspaces whose plan lacks streaming stay due, and go on once it includes it again.
   */
  async claim(now: Date | undefined, most: number): Promise<Turn[]> {
    const holder = randomUUID();
    const rows = await this.database.lookUp<{ stream_id: string; workspace_id: string; newest_seal: number }>(
      'claim_audit_stream_turns',
      `update audit_stream_turns set holder = $2, lease_until = now() + make_interval(secs => $4)
        where stream_id in (select stream_id from audit_stream_turns
                             where due_at <= coalesce($1::timestamptz, now()) and (lease_until is null or lease_until < now())
                               and plan_without('audit_streaming', workspace_id) is null
                             order by due_at limit $3 for update skip locked)
       returning stream_id, workspace_id, newest_seal::float8 as newest_seal`,
      [now ?? null, holder, most, LEASE_SECONDS],
    );
    return rows.map((row) => ({
      ...{ streamId: row.stream_id, workspaceId: row.workspace_id },
      ...{ holder, newestSeal: row.newest_seal },
    }));
  }

  /** In the workspace in flight. False: the turn was lost, the stream is paused or gone, or not in the plan. */
  async renew({ streamId, holder }: Turn): Promise<boolean> {
    const rows = await this.database.query(
      `update audit_stream_turns set lease_until = now() + make_interval(secs => $3)
        where stream_id = $1 and holder = $2 and plan_without('audit_streaming') is null returning stream_id`,
      [streamId, holder, LEASE_SECONDS],
    );
    return rows.length > 0;
  }

  /**
   * Gives the turn back until there is a new seal. One that was made since the turn began may have come after the last
   * look: then the stream is looked at again.
   */
  async rest(turn: Turn): Promise<void> {
    await this.giveBack(turn, `case when newest_seal > $3 then now() else 'infinity' end`, turn.newestSeal);
  }

  /** Gives the turn back until so many milliseconds have passed. */
  async later(turn: Turn, milliseconds: number): Promise<void> {
    await this.giveBack(turn, `now() + make_interval(secs => $3)`, milliseconds / 1000);
  }

  /**
   * From now on the stream is to be looked at. A seal that is being made may have told all streams already: before it is
   * there this one must not come to rest.
   */
  async begin(streamId: string): Promise<void> {
    await this.entries.holdSeals();
    await this.database.query(
      `insert into audit_stream_turns (stream_id, workspace_id, newest_seal)
       select $1, current_workspace_id(), coalesce(max(number), 0) from audit_seals
       on conflict (stream_id) do update set due_at = now()`,
      [streamId],
    );
  }

  /** Nobody looks at the stream any more. */
  async stop(streamId: string): Promise<void> {
    await this.database.query('delete from audit_stream_turns where stream_id = $1', [streamId]);
  }

  private async giveBack({ streamId, holder }: Turn, due: string, value: number): Promise<void> {
    await this.database.query(
      `update audit_stream_turns set holder = null, lease_until = null, due_at = ${due}
        where stream_id = $1 and holder = $2`,
      [streamId, holder, value],
    );
  }
}

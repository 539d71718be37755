import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { AuditEventDto } from '../audit-events.dto';
import { type OpenedEvent, PersonalRecords } from '../personal/personal-records.service';
import { StoredAuditEvent } from '../stored-audit-event.entity';
import { TURN } from './seal-store.service';

/** A place in the order of the seals: a total order, in which nothing ever appears before what was there. */
export interface SealedPlace {
  readonly seal: number;
  readonly position: number;
}

/** Before the first entry. */
export const BEFORE_ALL: SealedPlace = { seal: 0, position: -1 };

/** An event as the list answers it. */
export type ReadableEvent = AuditEventDto;

/** An entry where it stands, readable. */
export interface SealedEntry extends SealedPlace {
  readonly event: ReadableEvent;
  /** Whether something personal in it is gone for good. */
  readonly erased: boolean;
}

/** An entry as stored, and where it stands. */
export interface PlacedEntry extends SealedPlace {
  readonly stored: StoredAuditEvent;
}

/** Reads entries of the workspace in flight in the order of their seals. */
@Injectable()
export class SealedEntries {
  constructor(
    private readonly database: Database,
    private readonly personal: PersonalRecords,
  ) {}

  /** The place of the newest sealed entry. */
  async newest(): Promise<SealedPlace> {
    const [row] = await this.database.query<{ number: string; size: number }>(
      'select number, size from audit_seals order by number desc limit 1',
    );
    return row ? { seal: Number(row.number), position: row.size - 1 } : BEFORE_ALL;
  }

  /**
   * Waits for the seal that is being made, and lets nobody make another before the transaction in flight ends: the next
   * statement sees the newest one, and the next seal sees what is written here.
   */
  async holdSeals(): Promise<void> {
    await this.database.query(`select pg_advisory_xact_lock_shared(${TURN})`);
  }

  /** What follows a place, in order, up to and including `until`. */
  async after(place: SealedPlace, limit: number, until?: SealedPlace): Promise<PlacedEntry[]> {
    const rows = await this.database.query<StoredAuditEvent & { seal: string; position: number }>(
      `select placed.seal, placed.position, event.*
         from (select event_id, seal, position from audit_leaves
                where workspace_id = current_workspace_id() and (seal, position) > ($1, $2)
                  and ($4::bigint is null or (seal, position) <= ($4, $5::int))
                order by seal, position limit $3) placed
         join (select ${this.database.columnsOf(StoredAuditEvent)} from audit_events) event on event.id = placed.event_id
        order by placed.seal, placed.position`,
      [place.seal, place.position, limit, until?.seal ?? null, until?.position ?? null],
    );
    return rows.map(({ seal, position, ...event }) => ({
      seal: Number(seal),
      position,
      stored: Object.assign(new StoredAuditEvent(), event),
    }));
  }

  /** Opens what is personal in them, as far as it is not erased. */
  async open(entries: readonly PlacedEntry[]): Promise<SealedEntry[]> {
    const opened = await this.personal.open(entries.map(({ stored }) => stored));
    return entries.map(({ seal, position }, index) => {
      const event = opened[index]!;
      return { seal, position, event: AuditEventDto.of(event.shown), erased: isErased(event) };
    });
  }
}

function isErased({ stored, actor, data }: OpenedEvent): boolean {
  return (stored.actorCommitment !== null && !actor) || (stored.dataCommitment !== null && !data);
}

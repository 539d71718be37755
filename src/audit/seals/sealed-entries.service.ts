import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { AuditEventDto } from '../audit-events.dto';
import { type OpenedEvent, PersonalRecords } from '../personal/personal-records.service';
import { StoredAuditEvent } from '../stored-audit-event.entity';
import { TURN } from './seal-store.service';

/** The position of an entry in the order of seals. New entries always come after all existing positions. */
export interface SealedPlace {
  readonly seal: number;
  readonly position: number;
}

/** The position before the first entry. */
export const BEFORE_ALL: SealedPlace = { seal: 0, position: -1 };

/** An event as the API returns it. */
export type ReadableEvent = AuditEventDto;

/** A decrypted entry with its position. */
export interface SealedEntry extends SealedPlace {
  readonly event: ReadableEvent;
  /** Whether personal data in it has been erased. */
  readonly erased: boolean;
}

/** An encrypted entry with its position. */
export interface PlacedEntry extends SealedPlace {
  readonly stored: StoredAuditEvent;
}

/** Reads entries of the current transaction's workspace in the order of their seals. */
@Injectable()
export class SealedEntries {
  constructor(
    private readonly database: Database,
    private readonly personal: PersonalRecords,
  ) {}

  /** The position of the newest sealed entry. */
  async newest(): Promise<SealedPlace> {
    const [row] = await this.database.query<{ number: string; size: number }>(
      'select number, size from audit_seals order by number desc limit 1',
    );
    return row ? { seal: Number(row.number), position: row.size - 1 } : BEFORE_ALL;
  }

  /**
   * Waits for a seal in progress and prevents further seals until the end of the current transaction: the next
   * statement sees the newest seal, and the next seal will cover what this transaction writes.
   */
  async holdSeals(): Promise<void> {
    await this.database.query(`select pg_advisory_xact_lock_shared(${TURN})`);
  }

  /** Entries after `place`, in order, up to and including `until`. */
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

  /** Decrypts the entries, except for erased personal data. */
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

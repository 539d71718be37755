import { Injectable } from '@nestjs/common';
import type { SelectQueryBuilder } from 'typeorm';
import { DAY_MS } from '../config/durations';
import { lowestUuidV7, timeOfUuidV7 } from '../crypto/uuid-v7';
import { Database } from '../database/database';
import { Conflict } from '../http/problems';
import { decodeCursor, encodeCursor } from '../http/page';
import type { AuditEventFilter, AuditEventQuery } from './audit-events.dto';
import { AuditPeople } from './personal/audit-people.service';
import { PersonalRecords } from './personal/personal-records.service';
import { mentions } from './mentions';
import { StoredAuditEvent } from './stored-audit-event.entity';

/** A page of decrypted events. */
export interface AuditPage {
  readonly events: readonly StoredAuditEvent[];
  /** The cursor of the next page; null on the last. */
  readonly next: string | null;
}

const PIECE = 500;
/** Entries that one search request decrypts and compares at most; its cursor continues from there. */
const MOST_SEARCHED = 5_000;
/** Milliseconds. An event's id and time are read from the clock separately, but never further apart than this. */
const CLOCK_MARGIN = 60_000;
/** Events of a request are searched only within this time after it. */
const LONGEST_REQUEST_MS = DAY_MS;

/** Reads the audit log of a workspace. */
@Injectable()
export class AuditLogService {
  constructor(
    private readonly database: Database,
    private readonly people: AuditPeople,
    private readonly personal: PersonalRecords,
  ) {}

  /** In the current transaction's workspace, newest first. */
  async list({ limit, cursor, ...filter }: AuditEventQuery): Promise<AuditPage> {
    const past = cursor === undefined ? undefined : decodeCursor(cursor);
    if (filter.text !== undefined) return this.search(filter.text, filter, limit, past);
    const found = await this.before(past, filter, limit + 1);
    const events = found.slice(0, limit);
    return { events, next: found.length > limit ? encodeCursor(events.at(-1)!.id) : null };
  }

  /** The newest events with these ids as actor or target, at most `most`. */
  async about(ids: readonly string[], most: number): Promise<StoredAuditEvent[]> {
    const events = await (
      await this.matching({})
    )
      .andWhere('(event.actorId = any(:ids) or event.targetId = any(:ids))', { ids })
      .orderBy('event.id', 'DESC')
      .limit(most)
      .getMany();
    return (await this.personal.open(events)).map(({ shown }) => shown);
  }

  /** Decrypts entries and compares them here, because personal data is encrypted in the database. */
  private async search(
    text: string,
    filter: AuditEventFilter,
    limit: number,
    cursor: string | undefined,
  ): Promise<AuditPage> {
    const events: StoredAuditEvent[] = [];
    let past = cursor;
    for (let searched = 0; searched < MOST_SEARCHED; searched += PIECE) {
      const piece = await this.before(past, filter, PIECE);
      for (const event of piece) {
        past = event.id;
        if (mentions(event, text)) events.push(event);
        if (events.length === limit) return { events, next: encodeCursor(past) };
      }
      if (piece.length < PIECE) return { events, next: null };
    }
    return { events, next: past === undefined ? null : encodeCursor(past) };
  }

  private async before(
    past: string | undefined,
    filter: AuditEventFilter,
    limit: number,
  ): Promise<StoredAuditEvent[]> {
    const query = (await this.matching(filter)).orderBy('event.id', 'DESC').limit(limit);
    if (past !== undefined) query.andWhere('event.id < :past', { past });
    const opened = await this.personal.open(await query.getMany());
    return opened.map(({ shown }) => shown);
  }

  /**
   * All matching events in the seals up to `lastSeal`, oldest first, in pieces and still encrypted; the caller applies
   * the filter `text` after decrypting them. Each piece is read in its own transaction, so that a slow reader holds
   * none open. Call it outside a transaction. Throws 409 `busy` when entries are archived meanwhile, because the rest
   * of the result would lack them.
   */
  async *pieces(
    workspaceId: string,
    filter: AuditEventFilter,
    lastSeal: number,
  ): AsyncGenerator<StoredAuditEvent[]> {
    let last: string | undefined;
    const archived = await this.database.inWorkspace(workspaceId, () => this.archivedUpTo());
    for (;;) {
      const piece = await this.database.inWorkspace(workspaceId, async () => {
        const query = (await this.matching(filter))
          .andWhere(
            // Leaves out archived seals, whose entries may be partly deleted. A subquery per entry: as a join,
            // PostgreSQL would read all leaves for each piece.
            `(select leaf.seal <= :lastSeal and leaf.seal > :archived from audit_leaves leaf where leaf.event_id = event.id)`,
            { lastSeal, archived },
          )
          .orderBy('event.id')
          .limit(PIECE);
        if (last) query.andWhere('event.id > :last', { last });
        const found = await query.getMany();
        // After the query: entries are deleted only once they are in an archive, so without a new archive the piece is
        // complete.
        if ((await this.archivedUpTo()) !== archived)
          throw new Conflict('busy', 'Entries were archived while this was written. Ask for it again.');
        return found;
      });
      if (piece.length > 0) yield piece;
      if (piece.length < PIECE) return;
      last = piece.at(-1)!.id;
    }
  }

  /** The last archived seal; 0 when there is none. */
  private async archivedUpTo(): Promise<number> {
    const [row] = await this.database.query<{ seal: string }>(
      'select coalesce(max(to_seal), 0) as seal from audit_archives',
    );
    return Number(row!.seal);
  }

  private async matching({
    type,
    actor,
    target,
    risk,
    from,
    to,
    requestId,
  }: AuditEventFilter): Promise<SelectQueryBuilder<StoredAuditEvent>> {
    const query = this.database.repository(StoredAuditEvent).createQueryBuilder('event').where('true');
    if (type !== undefined) query.andWhere('event.type = :type', { type });
    if (risk !== undefined) query.andWhere('event.risk = :risk', { risk });
    if (target !== undefined) query.andWhere('event.targetId = :target', { target: storable(target) });
    if (requestId !== undefined) {
      query.andWhere('event.requestId = :requestId', { requestId: storable(requestId) });
      const asked = timeOfUuidV7(requestId);
      if (asked !== undefined)
        query.andWhere('event.id >= :askedId and event.id < :doneId', {
          askedId: lowestIdAt(asked - CLOCK_MARGIN),
          doneId: lowestIdAt(asked + LONGEST_REQUEST_MS + CLOCK_MARGIN),
        });
    }
    if (actor?.includes('@')) {
      query.andWhere(
        // A person with an id is found by the index on the id. actorEmail contains addresses of entries from before
        // personal data was encrypted.
        `((event.actorId = any(:subjects) and event.actorPerson = any(:people))
           or (event.actorId is null and event.actorPerson = any(:people)) or event.actorEmail = :actor)`,
        { ...(await this.people.named(actor)), actor: storable(actor.toLowerCase()) },
      );
    } else if (actor !== undefined) query.andWhere('event.actorId = :actor', { actor: storable(actor) });
    if (from !== undefined) {
      query.andWhere('event.time >= :from and event.id >= :fromId', {
        from: new Date(from),
        fromId: lowestIdAt(Date.parse(from) - CLOCK_MARGIN),
      });
    }
    if (to !== undefined) {
      query.andWhere('event.time < :to and event.id < :toId', {
        to: new Date(to),
        toId: lowestIdAt(Date.parse(to) + CLOCK_MARGIN),
      });
    }
    return query;
  }
}

/** Stored text never contains U+0000, and PostgreSQL refuses it as a parameter. */
const storable = (text: string): string => text.replaceAll('\u0000', '\ufffd');

/** Ids are UUIDv7 and begin with the time, so an index on the id can select a time range. */
function lowestIdAt(milliseconds: number): string {
  const at = Math.min(Math.max(milliseconds, 0), 2 ** 48 - 1);
  return lowestUuidV7(at);
}

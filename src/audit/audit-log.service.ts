import { Injectable } from '@nestjs/common';
import type { SelectQueryBuilder } from 'typeorm';
import { uuidV7 } from '../crypto/uuid-v7';
import { Database } from '../database/database';
import { decodeCursor } from '../http/page';
import type { AuditEventQuery } from './audit-events.dto';
import { StoredAuditEvent } from './stored-audit-event.entity';

export type AuditFilter = Pick<AuditEventQuery, 'type' | 'actor' | 'target' | 'risk' | 'from' | 'to'>;

const PIECE = 500;
/** Id and time of an event are read from the clock one after the other: closer to each other than this. */
const CLOCK_MARGIN = 60_000;

/** Reads the audit log of a workspace. */
@Injectable()
export class AuditLogService {
  constructor(private readonly database: Database) {}

  /** In the workspace in flight, newest first; one row more than the page holds. */
  list({ limit, cursor, ...filter }: AuditEventQuery): Promise<StoredAuditEvent[]> {
    const query = this.matching(filter)
      .orderBy('event.id', 'DESC')
      .limit(limit + 1);
    if (cursor) query.andWhere('event.id < :cursor', { cursor: decodeCursor(cursor) });
    return query.getMany();
  }

  /** The database's time, to the microsecond: no event to come is older. */
  async now(): Promise<string> {
    const [row] = await this.database.query<{ now: string }>('select clock_timestamp()::text as now');
    return row!.now;
  }

  /**
   * All matching events before `end`, oldest first, in pieces. Each piece is a transaction of its own, so that a
   * slow reader holds none open. Call it outside of a transaction.
   */
  async *pieces(workspaceId: string, filter: AuditFilter, end: string): AsyncGenerator<StoredAuditEvent[]> {
    let last: string | undefined;
    for (;;) {
      const piece = await this.database.inWorkspace(workspaceId, () => {
        const query = this.matching(filter)
          .andWhere('event.time < :end', { end })
          .orderBy('event.id')
          .limit(PIECE);
        if (last) query.andWhere('event.id > :last', { last });
        return query.getMany();
      });
      if (piece.length > 0) yield piece;
      if (piece.length < PIECE) return;
      last = piece.at(-1)!.id;
    }
  }

  private matching({
    type,
    actor,
    target,
    risk,
    from,
    to,
  }: AuditFilter): SelectQueryBuilder<StoredAuditEvent> {
    const query = this.database.repository(StoredAuditEvent).createQueryBuilder('event').where('true');
    if (type !== undefined) query.andWhere('event.type = :type', { type });
    if (risk !== undefined) query.andWhere('event.risk = :risk', { risk });
    if (target !== undefined) query.andWhere('event.targetId = :target', { target: storable(target) });
    if (actor?.includes('@'))
      query.andWhere('event.actorEmail = :actor', { actor: storable(actor.toLowerCase()) });
    else if (actor !== undefined) query.andWhere('event.actorId = :actor', { actor: storable(actor) });
    if (from !== undefined) {
      query.andWhere('event.time >= :from and event.id >= :fromId', {
        from: new Date(from),
        fromId: lowestIdAt(from, -CLOCK_MARGIN),
      });
    }
    if (to !== undefined) {
      query.andWhere('event.time < :to and event.id < :toId', {
        to: new Date(to),
        toId: lowestIdAt(to, CLOCK_MARGIN),
      });
    }
    return query;
  }
}

/** No stored text holds U+0000, and PostgreSQL would refuse to compare with it. */
const storable = (text: string): string => text.replaceAll('\u0000', '\ufffd');

/** Ids begin with their time, which lets the index find a span of time. */
function lowestIdAt(instant: string, margin: number): string {
  const at = Math.min(Math.max(Date.parse(instant) + margin, 0), 2 ** 48 - 1);
  return `${uuidV7(at).slice(0, 13)}-0000-0000-000000000000`;
}

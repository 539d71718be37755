import { Injectable } from '@nestjs/common';
import { listed, listOf } from '../../database/column-list';
import { Database } from '../../database/database';
import { type Prepared, prepared } from '../../database/statement';
import { StoredAuditEvent } from '../stored-audit-event.entity';
import { NOT_SEALED, type Sealable } from './entry';
import type { Seal } from './seal';

/** Where the sealing of a workspace continues. */
export interface SealState {
  /** The newest seal; null when there is none. */
  readonly last: Pick<Seal, 'number' | 'total' | 'head'> | null;
  /** Transaction id. All entries of earlier transactions are sealed. */
  readonly from: string;
  /** Transaction id. This transaction and all later ones have not begun yet. */
  readonly until: string;
  /** Transaction id. All earlier transactions have ended. */
  readonly floor: string;
  /** The id of the key that signs new seals. */
  readonly keyId: string;
}

export interface NewSeal extends Seal {
  readonly floor: string;
  /** Id and leaf hash (base64) of each entry, in order. */
  readonly leaves: readonly { readonly id: string; readonly leaf: string }[];
}

interface SealRow {
  workspace_id: string;
  number: string;
  size: number;
  total: string;
  root: string;
  previous: string;
  head: string;
  sealed_at: Date;
  key_id: string;
  signature: string;
}

/** The position of an entry in the seals. */
export interface Place {
  readonly eventId: string;
  readonly seal: number;
  readonly position: number;
}

/** The advisory lock that is held while a workspace is being sealed. */
export const TURN = "hashtextextended('audit_seals|' || current_workspace_id(), 0)";
const WAIT_FOR_TURN = prepared('wait_to_seal', `select pg_advisory_xact_lock(${TURN}) as taken`);
const TRY_TURN = prepared('try_to_seal', `select pg_try_advisory_xact_lock(${TURN}) as taken`);

const STATE = prepared(
  'seal_state',
  `select s.number, s.total, s.head, pg_snapshot_xmin(now_open)::text as floor,
          (select key_id from audit_signing_keys k where not exists
            (select from audit_signing_keys next where next.previous_key_id = k.key_id)) as key_id,
          case when s.floor <= pg_snapshot_xmax(now_open) then s.floor else '0' end::text as from,
          case when s.floor <= pg_snapshot_xmax(now_open)
            then pg_snapshot_xmax(now_open) else '18446744073709551615' end::text as until
     from pg_current_snapshot() now_open
     left join lateral (select * from audit_seals order by number desc limit 1) s on true`,
);

/**
 * A subquery per entry, which looks up its leaf by id. As a join, PostgreSQL would read all leaves of the table as
 * long as it cannot estimate how few entries are new.
 */
const unsealedEntries = (columns: string): Prepared =>
  prepared(
    'unsealed_entries',
    `select ${columns} from audit_events event
      where event.xid >= $1::xid8 and event.xid < $2::xid8
        and (select leaf.position from audit_leaves leaf where leaf.event_id = event.id) is null
      order by event.xid, event.id limit $3`,
  );

const ADD = prepared(
  'add_seal',
  `with seal as (
     insert into audit_seals (number, size, total, root, previous, head, sealed_at, key_id, signature, floor)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::xid8) returning number
   )
   insert into audit_leaves (event_id, seal, position, leaf)
   select l.event_id, seal.number, l.at - 1, l.leaf
     from seal, unnest(${listed(11, 'uuid')}, ${listed(12, 'text')}) with ordinality as l (event_id, leaf, at)`,
);

/**
 * The tables of seals and leaves, for the current transaction's workspace. The service may insert rows, but not update
 * or delete them.
 */
@Injectable()
export class SealStore {
  constructor(private readonly database: Database) {}

  /** Takes the lock for sealing the workspace. False when another transaction holds it and `wait` is false. */
  async takeTurn({ wait }: { wait: boolean }): Promise<boolean> {
    const [row] = await this.database.query<{ taken: boolean | '' }>(wait ? WAIT_FOR_TURN : TRY_TURN);
    return wait || row?.taken === true;
  }

  /**
   * Where to continue. After a restore into another cluster, transaction ids start again below the old ones: then all
   * entries are searched once for those without a leaf. Entries with an id above the cluster's current one date from
   * before the restore and are not searched again.
   */
  async state(): Promise<SealState> {
    const [row] = await this.database.query<{
      number: string | null;
      total: string;
      head: string;
      from: string;
      until: string;
      floor: string;
      key_id: string;
    }>(STATE);
    const { number, total, head, from, until, floor, key_id: keyId } = row!;
    return {
      last: number === null ? null : { number: Number(number), total: Number(total), head },
      from,
      until,
      floor,
      keyId,
    };
  }

  /** Entries without a seal, in the order of their transactions. */
  unsealed({ from, until }: SealState, limit: number): Promise<Sealable[]> {
    const statement = unsealedEntries(this.database.columnsOf(StoredAuditEvent, NOT_SEALED));
    return this.database.query<Sealable>(statement, [from, until, limit]);
  }

  async add({ leaves, ...seal }: NewSeal): Promise<void> {
    await this.database.query(ADD, [
      seal.number,
      seal.size,
      seal.total,
      seal.root,
      seal.previous,
      seal.head,
      seal.time,
      seal.keyId,
      seal.signature,
      seal.floor,
      listOf(leaves.map(({ id }) => id)),
      listOf(leaves.map(({ leaf }) => leaf)),
    ]);
  }

  /** The newest seal; undefined when there is none. */
  async newest(): Promise<Seal | undefined> {
    const [row] = await this.database.query<SealRow>(
      'select * from audit_seals order by number desc limit 1',
    );
    return row && sealOf(row);
  }

  /** The last seal that covers entries of this transaction; undefined while they are not sealed. */
  async ofTransaction(xid: string): Promise<Seal | undefined> {
    const [row] = await this.database.query<SealRow>(
      `select * from audit_seals where number =
         (select max((select leaf.seal from audit_leaves leaf where leaf.event_id = event.id))
            from audit_events event where event.xid = $1::xid8)`,
      [xid],
    );
    return row && sealOf(row);
  }

  /** Seals after this number, in order. */
  async after(number: number, limit: number): Promise<Seal[]> {
    const rows = await this.database.query<SealRow>(
      'select * from audit_seals where number > $1 order by number limit $2',
      [number, limit],
    );
    return rows.map(sealOf);
  }

  async byNumber(numbers: readonly number[]): Promise<Map<number, Seal>> {
    const rows = await this.database.query<SealRow>('select * from audit_seals where number = any($1)', [
      numbers,
    ]);
    return new Map(rows.map((row) => [Number(row.number), sealOf(row)]));
  }

  async placesOf(eventIds: readonly string[]): Promise<Place[]> {
    const rows = await this.database.query<{ event_id: string; seal: string; position: number }>(
      'select event_id, seal, position from audit_leaves where event_id = any($1)',
      [eventIds],
    );
    return rows.map(({ event_id, seal, position }) => ({ eventId: event_id, seal: Number(seal), position }));
  }

  /** The leaf hashes of these seals, in order. */
  async leavesOf(seals: readonly number[]): Promise<Map<number, Buffer[]>> {
    const rows = await this.database.query<{ seal: string; leaves: string[] }>(
      `select seal, array_agg(leaf order by position) as leaves from audit_leaves
        where seal = any($1) group by seal`,
      [seals],
    );
    return new Map(
      rows.map(({ seal, leaves }) => [Number(seal), leaves.map((leaf) => Buffer.from(leaf, 'base64'))]),
    );
  }
}

function sealOf(row: SealRow): Seal {
  return {
    workspaceId: row.workspace_id,
    number: Number(row.number),
    size: row.size,
    total: Number(row.total),
    root: row.root,
    previous: row.previous,
    time: row.sealed_at.toISOString(),
    head: row.head,
    keyId: row.key_id,
    signature: row.signature,
  };
}

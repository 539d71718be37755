import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import type { Archive, Range } from './archive';

/** Maximum number of entries in an archive; a single larger seal makes a larger archive. */
const MOST_ENTRIES = 10_000;
const MOST_SEALS = 2_000;
/** Entries that one transaction deletes. */
const MOST_REMOVED = 1_000;

const COLUMNS = `id, workspace_id as "workspaceId", from_seal::float8 as "fromSeal", to_seal::float8 as "toSeal", entries,
  first_time as "firstTime", last_time as "lastTime", previous, head, file, bytes::float8 as bytes, sha256,
  created_at as "createdAt", emptied_at as "emptiedAt"`;

/** The table of archives, and the seals that may be archived next. For the current transaction's workspace. */
@Injectable()
export class ArchiveStore {
  constructor(private readonly database: Database) {}

  /** Days after which entries are archived; null for never, or during a legal hold. */
  async retentionDays(): Promise<number | null> {
    const [policy] = await this.database.query<{ days: number | null }>(
      `select case when audit_legal_hold then null else audit_retention_days end as days from workspace_policies`,
    );
    return policy?.days ?? null;
  }

  /**
   * The next seals to archive: those whose entries are all older than `olderThan` and have been sent by every active
   * stream. Undefined when there are none.
   */
  async nextRange(olderThan: Date): Promise<Range | undefined> {
    const seals = await this.database.query<{ number: number; size: number; previous: string; head: string }>(
      `select number::float8 as number, size, previous, head from audit_seals
        where number > coalesce((select max(to_seal) from audit_archives), 0)
          and number < coalesce((select min(seal) from audit_streams where status = 'active'), number + 1)
        order by number limit $1`,
      [MOST_SEALS],
    );
    let entries = 0;
    const few = seals.filter(({ size }, at) => (entries += size) <= MOST_ENTRIES || at === 0);
    const young = await this.database.query<{ seal: number }>(
      `select min(leaf.seal)::float8 as seal from audit_leaves leaf
         join audit_events event on event.id = leaf.event_id
        where leaf.seal = any ($1) and event.time >= $2`,
      [few.map(({ number }) => number), olderThan],
    );
    const end = young[0]?.seal ?? Infinity;
    const old = few.filter(({ number }) => number < end);
    const [first, last] = [old[0], old.at(-1)];
    if (!first || !last) return undefined;
    return { fromSeal: first.number, toSeal: last.number, previous: first.previous, head: last.head };
  }

  /**
   * Whether every active stream has sent these seals. Checked again after writing the file, which takes long enough
   * for somebody to resume a stream; `for share` keeps the streams as they are until the end of the transaction.
   */
  async isSent({ toSeal }: Pick<Range, 'toSeal'>): Promise<boolean> {
    const streams = await this.database.query<{ status: string; seal: number }>(
      'select status, seal::float8 as seal from audit_streams order by id for share',
    );
    return streams.every(({ status, seal }) => status !== 'active' || seal > toSeal);
  }

  async add(archive: Omit<Archive, 'workspaceId' | 'createdAt' | 'emptiedAt'>): Promise<void> {
    await this.database.query(
      `insert into audit_archives (id, from_seal, to_seal, entries, first_time, last_time, previous, head, file, bytes,
                                   sha256)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        ...[
          archive.id,
          archive.fromSeal,
          archive.toSeal,
          archive.entries,
          archive.firstTime,
          archive.lastTime,
        ],
        ...[archive.previous, archive.head, archive.file, archive.bytes, archive.sha256],
      ],
    );
  }

  /** The archives with entries older than `olderThan` that have not all been deleted from the database yet. */
  full(olderThan: Date): Promise<Archive[]> {
    return this.database.query<Archive>(
      `select ${COLUMNS} from audit_archives where emptied_at is null and last_time < $1 order by from_seal`,
      [olderThan],
    );
  }

  /** Newest first, `limit + 1` rows. */
  list(limit: number, past: string | undefined): Promise<Archive[]> {
    return this.database.query<Archive>(
      `select ${COLUMNS} from audit_archives where $2::uuid is null or id < $2 order by id desc limit $1`,
      [limit + 1, past ?? null],
    );
  }

  async find(id: string): Promise<Archive | undefined> {
    const [archive] = await this.database.query<Archive>(
      `select ${COLUMNS} from audit_archives where id = $1`,
      [id],
    );
    return archive;
  }

  /**
   * Deletes some entries of an archive from the database and returns their number. Must be the last action of its
   * transaction, because it switches to the only role that may delete entries. The database refuses to delete entries
   * that must be kept.
   */
  async removeSome({ fromSeal, toSeal }: Pick<Archive, 'fromSeal' | 'toSeal'>): Promise<number> {
    await this.database.query('set local role gatehouse_archivist');
    const ids = await this.database.query<{ event_id: string }>(
      `select event_id from audit_leaves where workspace_id = current_workspace_id() and seal between $1 and $2
        order by seal, position limit $3`,
      [fromSeal, toSeal, MOST_REMOVED],
    );
    const gone = [ids.map(({ event_id: id }) => id)];
    await this.database.query('delete from audit_events where id = any ($1)', gone);
    await this.database.query('delete from audit_leaves where event_id = any ($1)', gone);
    return ids.length;
  }

  async emptied(id: string): Promise<void> {
    await this.database.query('update audit_archives set emptied_at = now() where id = $1', [id]);
  }
}

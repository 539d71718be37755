import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Keyring } from '../../crypto/keyring';
import { Database } from '../../database/database';
import { EveryWorkspace } from '../../schedule/every-workspace';
import { Schedule } from '../../schedule/schedule';
import { SEALED_COLUMNS, type SealedColumn } from './sealed-columns';

const BATCH = 100;
/** So many rows are looked at in one statement, whether or not they are still to be sealed anew. */
const STRETCH = 5_000;
const EVERY_SECONDS = 3_600;
const JOB = 'secrets.rewrap';
/** Passes over rows that were locked, in a run that is to finish. */
const MOST_TURNS = 5;

interface SealedRow {
  readonly id: string;
  readonly name: string;
  readonly sealed: string;
}

interface Place {
  /** The last row that was looked at; null at the beginning. */
  readonly after: string | null;
  /** Id of the last row of the stretch; null for the last stretch, undefined when not known yet. */
  readonly upTo?: string | null;
}

/** The result of a run. */
export interface Rewrapped {
  readonly rewrapped: number;
  /** Encrypted with an unknown key, or tampered with. */
  readonly unreadable: number;
}

/**
 * After a change of ENCRYPTION_KEY: re-encrypts everything with the present key. Each row is updated only if it has
 * not changed since it was read, so concurrent writes are never overwritten; readers can decrypt both. After an
 * interruption it continues, because each ciphertext names its key.
 */
@Injectable()
export class Rewrapping implements OnModuleInit {
  private readonly log = new Logger('Secrets');

  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
    private readonly schedule: Schedule,
    private readonly workspaces: EveryWorkspace,
  ) {}

  onModuleInit(): void {
    this.schedule.every(JOB, EVERY_SECONDS, async (_now, stopping) => void (await this.run(stopping)));
  }

  /**
   * Repeats `run` until no row is left that was locked or written meanwhile. `waiting`: rows still under another,
   * known key.
   */
  async finish(): Promise<Rewrapped & { readonly waiting: number }> {
    let rewrapped = 0;
    for (let turn = 1; ; turn += 1) {
      const done = await this.run();
      rewrapped += done.rewrapped;
      const waiting = Math.max(0, (await this.left()) - done.unreadable);
      if (waiting === 0 || turn === MOST_TURNS) return { ...done, rewrapped, waiting };
      await pause(1_000);
    }
  }

  /** How much the present key did not seal, whoever holds it. */
  private async left(): Promise<number> {
    let left = 0;
    const add = async (columns: readonly SealedColumn[]): Promise<void> => {
      for (const column of columns) {
        const [row] = await this.database.query<{ count: number }>(count(column), [this.keyring.prefix]);
        left += row!.count;
      }
    };
    await this.database.outsideWorkspaces(() => add(SEALED_COLUMNS.filter(({ confined }) => !confined)));
    const confined = SEALED_COLUMNS.filter((column) => column.confined);
    await this.workspaces.inEach(() => add(confined), new AbortController().signal);
    return left;
  }

  /** All workspaces, and rows outside workspaces. Skips rows that another transaction has locked. */
  async run(stopping = new AbortController().signal): Promise<Rewrapped> {
    const tally = { rewrapped: 0, unreadable: 0 };
    for (const column of SEALED_COLUMNS.filter(({ confined }) => !confined)) {
      await this.all(column, '', (work) => this.database.outsideWorkspaces(work), stopping, tally);
    }
    const confined = SEALED_COLUMNS.filter((column) => column.confined);
    await this.workspaces.each(async (workspaceId) => {
      for (const column of confined) {
        const inWorkspace = <T>(work: () => Promise<T>) => this.database.inWorkspace(workspaceId, work);
        await this.all(column, workspaceId, inWorkspace, stopping, tally);
      }
    }, stopping);
    if (tally.unreadable > 0) {
      this.log.error(`${tally.unreadable} sealed texts open under none of the encryption keys.`);
    }
    return tally;
  }

  /**
   * Batch after batch, each in a short transaction of its own: along the key of the table, so that none of them looks at
   * all there is.
   */
  private async all(
    column: SealedColumn,
    workspaceId: string,
    transaction: <T>(work: () => Promise<T>) => Promise<T>,
    stopping: AbortSignal,
    tally: { rewrapped: number; unreadable: number },
  ): Promise<void> {
    for (let place: Place | undefined = { after: null }; place && !stopping.aborted;) {
      const from: Place = place;
      place = await transaction<Place | undefined>(() => this.batch(column, workspaceId, from, tally));
    }
  }

  /** Returns where to continue; undefined at the end. */
  private async batch(
    column: SealedColumn,
    workspaceId: string,
    { after, upTo: known }: Place,
    tally: { rewrapped: number; unreadable: number },
  ): Promise<Place | undefined> {
    const upTo = known === undefined ? await this.endOfStretch(column, after) : known;
    const rows = await this.database.query<SealedRow>(foreign(column), [this.keyring.prefix, after, upTo]);
    for (const row of rows) {
      const isDone = await this.rewrap(column, workspaceId, row);
      tally[isDone ? 'rewrapped' : 'unreadable'] += 1;
    }
    if (rows.length === BATCH) return { after: rows.at(-1)!.id, upTo };
    return upTo === null ? undefined : { after: upTo };
  }

  private async endOfStretch(column: SealedColumn, after: string | null): Promise<string | null> {
    const [row] = await this.database.query<{ id: string }>(endOfStretch(column), [after]);
    return row?.id ?? null;
  }

  private async rewrap(
    { table, id, type, value, assignment, context }: SealedColumn,
    workspaceId: string,
    row: SealedRow,
  ): Promise<boolean> {
    const where = context(workspaceId, row.name);
    let plain: Buffer;
    try {
      plain = this.keyring.open(row.sealed, where);
    } catch {
      return false;
    }
    await this.database.query(
      `update ${table} set ${assignment} where ${id} = $1::${type} and ${value} = $2`,
      [row.id, row.sealed, this.keyring.seal(plain, where)],
    );
    return true;
  }
}

/** What the present key did not seal. */
const notOurs = ({ value }: SealedColumn): string => `${value} is not null and not starts_with(${value}, $1)`;

const count = (column: SealedColumn): string =>
  `select count(*)::int as count from ${column.table} where ${notOurs(column)}`;

/** The last id of the next stretch after $1; no row when fewer rows are left than a stretch has. */
const endOfStretch = ({ table, id, type }: SealedColumn): string => `
  select ${id}::text as id from ${table} where $1::${type} is null or ${id} > $1
   order by ${table}.${id} offset ${STRETCH - 1} limit 1`;

/** After $2, as far as $3 or all of them, in the order of the names of their rows. */
const foreign = (column: SealedColumn): string => {
  const { table, value, id, type, named } = column;
  return `
  select ${id}::text as id, ${named}::text as name, ${value} as sealed from ${table}
   where ${notOurs(column)} and ($2::${type} is null or ${id} > $2) and ($3::${type} is null or ${id} <= $3)
   order by ${table}.${id} limit ${BATCH} for no key update skip locked`;
};

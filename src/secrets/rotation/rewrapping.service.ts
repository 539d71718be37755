import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Keyring } from '../../crypto/keyring';
import { Database } from '../../database/database';
import { EveryWorkspace } from '../../schedule/every-workspace';
import { Schedule } from '../../schedule/schedule';
import { SEALED_COLUMNS, type SealedColumn } from './sealed-columns';

const BATCH = 100;
const EVERY_SECONDS = 3_600;
const JOB = 'secrets.rewrap';
/** How often what somebody holds is looked for again by a run that is to finish. */
const MOST_TURNS = 5;

interface SealedRow {
  readonly id: string;
  readonly name: string;
  readonly sealed: string;
}

/** What became of what other encryption keys had sealed. */
export interface Rewrapped {
  readonly rewrapped: number;
  /** Sealed under a key that nobody knows any more, or changed by somebody. */
  readonly unreadable: number;
}

/**
 * After the encryption key has changed: seals anew, under the present key, what others sealed. Row by row, each only
 * if it still is what was read, so that whoever writes meanwhile is never overwritten; readers find either. Where it
 * was interrupted it goes on, since each row says itself which key sealed it.
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
   * As `run`, until nothing is left that somebody held or wrote in that moment. `waiting`: so much is still sealed under
   * another key although it can be read.
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

  /** Over all workspaces and what belongs to none. Waits for nobody: what somebody holds is passed over. */
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

  /** Batch after batch, each in a short transaction of its own. */
  private async all(
    column: SealedColumn,
    workspaceId: string,
    transaction: <T>(work: () => Promise<T>) => Promise<T>,
    stopping: AbortSignal,
    tally: { rewrapped: number; unreadable: number },
  ): Promise<void> {
    for (let last: string | null = null; !stopping.aborted;) {
      const past: string | null = last;
      const rows: SealedRow[] = await transaction(async () => {
        const found = await this.database.query<SealedRow>(foreign(column), [this.keyring.prefix, past]);
        for (const row of found) {
          const isDone = await this.rewrap(column, workspaceId, row);
          tally[isDone ? 'rewrapped' : 'unreadable'] += 1;
        }
        return found;
      });
      if (rows.length < BATCH) return;
      last = rows.at(-1)!.id;
    }
  }

  private async rewrap(
    { table, id, value, assignment, context }: SealedColumn,
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
    await this.database.query(`update ${table} set ${assignment} where ${id}::text = $1 and ${value} = $2`, [
      row.id,
      row.sealed,
      this.keyring.seal(plain, where),
    ]);
    return true;
  }
}

/** What the present key did not seal. */
const notOurs = ({ value }: SealedColumn): string => `${value} is not null and not starts_with(${value}, $1)`;

const count = (column: SealedColumn): string =>
  `select count(*)::int as count from ${column.table} where ${notOurs(column)}`;

/** In the order of the names of its rows. */
const foreign = (column: SealedColumn): string => {
  const { table, value, id, named } = column;
  return `
  select ${id}::text as id, ${named}::text as name, ${value} as sealed from ${table}
   where ${notOurs(column)} and ($2::text is null or ${id}::text > $2)
   order by ${id}::text limit ${BATCH} for no key update skip locked`;
};

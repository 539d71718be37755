import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { EveryWorkspace } from './every-workspace';

/**
 * So many rows are taken out by one statement. None may run longer than five seconds: a table that somebody filled would
 * otherwise never be cleared again, and only grow.
 */
const AT_ONCE = 5_000;

/** Takes out one portion of what has had its time, and answers how many rows that was. */
export interface Portion {
  /** Answers one row with `count`. */
  readonly sql: string;
  readonly parameters?: unknown[];
}

/** A portion of the rows of a table that fulfil a condition, which may have parameters. */
export const outdated = (table: string, condition: string, parameters: unknown[] = []): Portion => ({
  sql: counted(`delete from ${table} where ${stillIn(table, condition)}`),
  parameters,
});

/** As outdated(), of rows that stay and lose something. */
export const faded = (
  table: string,
  change: string,
  condition: string,
  parameters: unknown[] = [],
): Portion => ({
  sql: counted(`update ${table} set ${change} where ${stillIn(table, condition)}`),
  parameters,
});

/** The condition is asked again of the row itself, which somebody may have renewed meanwhile. */
const stillIn = (table: string, condition: string): string =>
  `ctid = any (array(${portionOf('ctid', table, condition)})) and (${condition})`;

/** Selects a portion of the rows of a table. */
export const portionOf = (column: string, from: string, condition: string): string =>
  `select ${column} from ${from} where ${condition} limit ${AT_ONCE}`;

/** Runs a statement that changes rows and answers how many those were. */
export const counted = (statement: string): string =>
  `with gone as (${statement} returning 1) select count(*)::int as count from gone`;

/** Takes away what has had its time, portion by portion, however much of it there is. */
@Injectable()
export class Clearance {
  constructor(
    private readonly workspaces: EveryWorkspace,
    private readonly database: Database,
  ) {}

  /** In each workspace, as EveryWorkspace does it. */
  inEach(portions: readonly Portion[], stopping: AbortSignal): Promise<void> {
    return this.workspaces.each(
      (id) => this.clear(portions, (work) => this.database.inWorkspace(id, work), stopping),
      stopping,
    );
  }

  /** Of the tables that belong to no workspace. */
  outside(portions: readonly Portion[], stopping: AbortSignal): Promise<void> {
    return this.clear(portions, (work) => this.database.outsideWorkspaces(work), stopping);
  }

  /** In the transaction in flight: nothing is left of it afterwards. */
  async wholly(portion: Portion): Promise<void> {
    while ((await this.take(portion)) >= AT_ONCE);
  }

  /**
   * One transaction for a portion of each; whatever was a whole one has another turn, and so has what stands after it,
   * which may have to wait for its end.
   */
  private async clear(
    portions: readonly Portion[],
    inTransaction: (work: () => Promise<number[]>) => Promise<number[]>,
    stopping: AbortSignal,
  ): Promise<void> {
    let left = portions;
    while (left.length > 0 && !stopping.aborted) {
      const counts = await inTransaction(() => Promise.all(left.map((portion) => this.take(portion))));
      const whole = counts.findIndex((count) => count >= AT_ONCE);
      left = whole < 0 ? [] : left.slice(whole);
    }
  }

  private async take({ sql, parameters = [] }: Portion): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(sql, parameters);
    return row!.count;
  }
}

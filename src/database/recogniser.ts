import type { Database } from './database';
import { prepared } from './statement';
import { TickBatch } from './tick-batch';

/** Which row a credential claims to be. */
export interface Locator {
  readonly workspaceId: string;
  readonly id: string;
}

/**
 * Reads the fresh state behind credentials of one kind: one round trip for all that arrive in the same turn of the
 * event loop, and in PostgreSQL one statement for all of them, whichever their workspaces.
 *
 * The statement names the workspace of each credential (`asked`) and then, row by row, looks for what stands behind it
 * (`found`). Row-level security confines that look to the workspace just named: current_workspace_id() is read anew
 * for each row. Should PostgreSQL ever do it in another order, the two would not agree and nothing would be found: no
 * credential would be good, and none for another workspace. The setting ends with the statement.
 */
export class Recogniser<Row extends object> {
  private readonly batch: TickBatch<Locator, Row>;

  /**
   * @param name of the prepared statements
   * @param select what is read of the row `asked.id` of the workspace `asked.workspace_id`; at most one row. It compares
   *   the workspace of each table that has one with `asked.workspace_id`, and selects no column called `ordinal`
   */
  constructor(database: Database, name: string, select: string) {
    const alone = prepared(`${name}_alone`, `select found.* from ${ONE} ${found(select)}`);
    const together = prepared(name, `select asked.ordinal, found.* from ${SOME} ${found(select)}`);
    this.batch = new TickBatch(
      ({ workspaceId, id }) => workspaceId + id,
      async (locators) => {
        const [only] = locators;
        if (only && locators.length === 1) {
          return database.lookUp<Row>(alone.name, alone.text, [only.workspaceId, only.id]);
        }
        const workspaceIds = arrayOf(locators.map(({ workspaceId }) => workspaceId));
        const ids = arrayOf(locators.map(({ id }) => id));
        const rows = await database.lookUp<Row & Ordinal>(together.name, together.text, [workspaceIds, ids]);
        const inOrder: (Row | undefined)[] = locators.map(() => undefined);
        for (const row of rows) inOrder[row.ordinal - 1] = row;
        return inOrder;
      },
      MOST_UNDERWAY,
      MOST_TOGETHER,
      ENOUGH,
    );
  }

  /** The row, unless it does not exist, belongs to another workspace, or is no longer live. */
  find(locator: Locator): Promise<Row | undefined> {
    return this.batch.find(locator);
  }
}

const MOST_UNDERWAY = 2;
const MOST_TOGETHER = 128;
/** So many are worth a round trip: PostgreSQL is at them while the service reads the requests that came with them. */
const ENOUGH = 8;

interface Ordinal {
  /** Whose row it is, from 1. */
  readonly ordinal: number;
}

/** Kept apart by `offset 0`: the workspace is named where a row of this comes out, before anything is looked for. */
const ONE = `(
  select set_config('gatehouse.workspace_id', $1::uuid::text, true)::uuid as workspace_id, $2::uuid as id offset 0
) asked`;

/**
 * By sub-selects, so that PostgreSQL does not count the elements: it would take each number of them for worth a plan of
 * its own, and making one takes ten times as long as running it.
 */
const SOME = `(
  select set_config('gatehouse.workspace_id', given.workspace_id::text, true)::uuid as workspace_id, given.id,
         given.ordinal::int as ordinal
    from unnest((select $1::uuid[]), (select $2::uuid[])) with ordinality as given (workspace_id, id, ordinal)
  offset 0
) asked`;

const found = (select: string): string => `cross join lateral (${select} offset 0) found`;

/** As PostgreSQL writes an array of UUIDs; the driver would look into each for characters that no UUID has. */
const arrayOf = (uuids: readonly string[]): string => `{${uuids.join(',')}}`;

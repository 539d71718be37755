import type { Database } from './database';
import { prepared } from './statement';
import { TickBatch } from './tick-batch';

/** Workspace and row that a credential names. Not verified yet. */
export interface Locator {
  readonly workspaceId: string;
  readonly id: string;
}

/**
 * Reads the current rows behind credentials of one kind (sessions, API keys, SCIM tokens). Credentials of any
 * workspaces that arrive in the same turn of the event loop share one statement and one round trip.
 *
 * For each credential the statement sets the workspace (`asked`) and then selects its row (`found`). Row-level
 * security confines that select to the workspace just set, because current_workspace_id() is evaluated for each row.
 * If PostgreSQL ever evaluated them in another order, the workspaces would differ and no row would be found: no
 * credential would be accepted, rather than one of another workspace. The setting ends with the statement.
 */
export class Recogniser<Row extends object> {
  private readonly batch: TickBatch<Locator, Row>;

  /**
   * @param name of the prepared statements
   * @param select reads at most one row, that with `asked.id` in `asked.workspace_id`. It must compare the
   *   workspace_id of each table with `asked.workspace_id`, and must not select a column called `ordinal`
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

  /** The row; undefined when it does not exist, belongs to another workspace or is no longer live. */
  find(locator: Locator): Promise<Row | undefined> {
    return this.batch.find(locator);
  }
}

const MOST_UNDERWAY = 2;
const MOST_TOGETHER = 128;
/** This many leave at once: PostgreSQL works on them while the service reads further requests. */
const ENOUGH = 8;

interface Ordinal {
  /** Position in the list of credentials, from 1. */
  readonly ordinal: number;
}

/**
 * `offset 0` keeps PostgreSQL from merging this select into the next one: set_config must run before the row is looked
 * up.
 */
const ONE = `(
  select set_config('gatehouse.workspace_id', $1::uuid::text, true)::uuid as workspace_id, $2::uuid as id offset 0
) asked`;

/**
 * The arrays come from sub-selects, so that the plan does not depend on their length: PostgreSQL would make a new plan
 * for each length, which takes ten times as long as running it.
 */
const SOME = `(
  select set_config('gatehouse.workspace_id', given.workspace_id::text, true)::uuid as workspace_id, given.id,
         given.ordinal::int as ordinal
    from unnest((select $1::uuid[]), (select $2::uuid[])) with ordinality as given (workspace_id, id, ordinal)
  offset 0
) asked`;

const found = (select: string): string => `cross join lateral (${select} offset 0) found`;

/** An array literal of UUIDs. pg would search each for characters to escape, which a UUID cannot contain. */
const arrayOf = (uuids: readonly string[]): string => `{${uuids.join(',')}}`;

import type { Database } from './database';
import { TickBatch } from './tick-batch';

/** Which row a credential claims to be. */
export interface Locator {
  readonly workspaceId: string;
  readonly id: string;
}

/**
 * Reads the fresh state behind credentials of one kind through its recognise_* function: one round trip for all that
 * arrive in the same turn of the event loop.
 */
export class Recogniser<Row extends { ordinal: number }> {
  private readonly batch: TickBatch<Locator, Row>;

  /** @param function_ name of the SQL function: (workspace ids, row ids) → rows with their ordinal, from 1 */
  constructor(database: Database, function_: string) {
    const sql = `select * from ${function_}($1, $2)`;
    this.batch = new TickBatch(
      ({ workspaceId, id }) => workspaceId + id,
      async (locators) => {
        const workspaceIds = arrayOf(locators.map(({ workspaceId }) => workspaceId));
        const ids = arrayOf(locators.map(({ id }) => id));
        const rows = await database.lookUp<Row>(function_, sql, [workspaceIds, ids]);
        const inOrder: (Row | undefined)[] = locators.map(() => undefined);
        for (const row of rows) inOrder[row.ordinal - 1] = row;
        return inOrder;
      },
    );
  }

  /** The row, unless it does not exist, belongs to another workspace, or is no longer live. */
  find(locator: Locator): Promise<Row | undefined> {
    return this.batch.find(locator);
  }
}

/** As PostgreSQL writes an array of UUIDs; the driver would look into each for characters that no UUID has. */
const arrayOf = (uuids: readonly string[]): string => `{${uuids.join(',')}}`;

import type { PoolClient } from 'pg';
import { QueryFailedError } from 'typeorm';

/** The connection leads to a server that only reads, as one does that is no longer the first after a failover. */
export class DatabaseReadOnly extends Error {
  override readonly name = 'DatabaseReadOnly';
  readonly code = 'GH_UNREACHABLE';

  constructor(cause?: unknown) {
    super('The database can only be read: it is a replica, or default_transaction_read_only is on.', {
      cause,
    });
  }
}

/** What a statement failed by that may change something. */
export function unlessReadOnly(failure: unknown): unknown {
  const isReadOnly =
    failure instanceof QueryFailedError && (failure.driverError as { code?: string }).code === '25006';
  return isReadOnly ? new DatabaseReadOnly(failure) : failure;
}

/** Throws when the database does not answer, or can only be read. Gives the connection back to the pool. */
export async function probe(client: PoolClient): Promise<void> {
  let isReadOnly = false;
  try {
    const { rows } = await client.query<{ is: string }>(
      `select current_setting('transaction_read_only') as is`,
    );
    isReadOnly = rows[0]!.is === 'on';
  } finally {
    // The next one leads to where the address leads by then.
    client.release(isReadOnly);
  }
  if (isReadOnly) throw new DatabaseReadOnly();
}

import type { PoolClient } from 'pg';
import { QueryFailedError } from 'typeorm';

/** The connection leads to a read-only server, for example to the old primary after a failover. */
export class DatabaseReadOnly extends Error {
  override readonly name = 'DatabaseReadOnly';
  readonly code = 'GH_UNREACHABLE';

  constructor(cause?: unknown) {
    super('The database can only be read: it is a replica, or default_transaction_read_only is on.', {
      cause,
    });
  }
}

/** Replaces SQLSTATE 25006 by DatabaseReadOnly, for statements that may write. */
export function unlessReadOnly(failure: unknown): unknown {
  const isReadOnly =
    failure instanceof QueryFailedError && (failure.driverError as { code?: string }).code === '25006';
  return isReadOnly ? new DatabaseReadOnly(failure) : failure;
}

/**
 * Throws when the database does not answer, and DatabaseReadOnly when it is read-only. Releases the connection to the
 * pool.
 */
export async function probe(client: PoolClient): Promise<void> {
  let isReadOnly = false;
  try {
    const { rows } = await client.query<{ is: string }>(
      `select current_setting('transaction_read_only') as is`,
    );
    isReadOnly = rows[0]!.is === 'on';
  } finally {
    // Drops a connection to a read-only server: a new one resolves the address again and may reach the primary.
    client.release(isReadOnly);
  }
  if (isReadOnly) throw new DatabaseReadOnly();
}

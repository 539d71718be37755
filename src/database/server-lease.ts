import { Client } from 'pg';

/** The number of the advisory lock. All versions of the service must use the same one. */
const LEASE_LOCK = 4_283_917_001;

/**
 * The claim of one process on an embedded server that several processes may share: a connection that holds a shared
 * advisory lock. When the process dies, PostgreSQL releases the lock, so no stale lock file can remain.
 */
export class ServerLease {
  private constructor(readonly connection: Client) {}

  /** Rejects when the server refuses the connection, or stops during the wait for the lock. */
  static async take(url: string): Promise<ServerLease> {
    const connection = new Client({
      connectionString: url,
      application_name: 'gatehouse-lease',
      connectionTimeoutMillis: 10_000,
    });
    // Ignored: a process that still uses the server sees the loss on its own connections.
    connection.on('error', () => undefined);
    try {
      await connection.connect();
      await connection.query('SELECT pg_advisory_lock_shared($1)', [LEASE_LOCK]);
    } catch (error) {
      await connection.end().catch(() => undefined);
      throw error;
    }
    return new ServerLease(connection);
  }

  /**
   * Releases the claim. True when no other process has one: this process then holds the exclusive lock until `end`, so
   * no other can claim the server while it is stopped. When two processes leave at once, at least one gets true,
   * because both release their shared locks before either tries the exclusive one.
   */
  async giveUp(): Promise<boolean> {
    try {
      await this.connection.query('SELECT pg_advisory_unlock_shared($1)', [LEASE_LOCK]);
      const { rows } = await this.connection.query<{ last: boolean }>(
        'SELECT pg_try_advisory_lock($1) AS last',
        [LEASE_LOCK],
      );
      return rows[0]?.last ?? false;
    } catch {
      return true; // The connection is gone: the server is stopping, dead or beyond our reach.
    }
  }

  async end(): Promise<void> {
    await this.connection.end().catch(() => undefined);
  }
}

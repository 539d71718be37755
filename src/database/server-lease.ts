import { Client } from 'pg';

/** Any number will do, as long as every version of the service uses the same one. */
const LEASE_LOCK = 4_283_917_001;

/**
 * One process's claim on an embedded server that several processes may share: a connection that holds a shared
 * advisory lock for as long as the process lives. The server itself forgets the claim of a process that died,
 * so there is no file to go stale.
 */
export class ServerLease {
  private constructor(readonly connection: Client) {}

  /** Rejects when the server refuses the connection, or stops while we wait for the lock. */
  static async take(url: string): Promise<ServerLease> {
    const connection = new Client({
      connectionString: url,
      application_name: 'gatehouse-lease',
      connectionTimeoutMillis: 10_000,
    });
    // A lost lease is no event of its own: whoever still needs the server notices on their own connections.
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
   * Gives the claim up; true when no other process has one. From then on nobody gets one before `end`, so that
   * the server can be stopped without pulling it from under a newcomer. (Of two processes that leave in the same
   * moment, at least one finds itself the last: both have given up their share before either asks.)
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

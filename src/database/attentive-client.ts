import { Client, type ClientBase, type ClientConfig } from 'pg';
import { QueryFailedError } from 'typeorm';
import { isOutOfFiles, OUT_OF_FILES } from './start-error';

/** Longer than PostgreSQL itself lets any statement of the service run. */
const SILENCE_MS = 10_000;

type Wired = Client & {
  readonly connection: { readonly stream: import('node:net').Socket };
  /** pg's own word for that nothing is waiting for an answer. */
  readonly readyForQuery: boolean;
};

/** The server says nothing although it was asked: its host is gone, or the way to it. */
export class DatabaseSilent extends Error {
  override readonly name = 'DatabaseSilent';
  readonly code = 'GH_SILENT';

  constructor() {
    super('The database has stopped answering.');
  }
}

/** No connection could be had in time, or none be opened by this process. Nothing was asked of the database yet. */
export class NoConnection extends Error {
  override readonly name = 'NoConnection';
  readonly code = 'GH_NO_CONNECTION';

  constructor(cause: unknown) {
    super(isOutOfFiles(cause) ? OUT_OF_FILES : 'No connection to the database was free in time.', { cause });
  }
}

/** No connection could be made: nobody answers there, or not as a database in service does. */
export class DatabaseUnreachable extends Error {
  override readonly name = 'DatabaseUnreachable';
  readonly code = 'GH_UNREACHABLE';

  constructor(cause: unknown) {
    super(
      `No connection to the database could be made: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  }
}

/** PostgreSQL has no room for one more. */
const TOO_MANY_CONNECTIONS = '53300';

/** Why the pool gave no connection. That all of them stayed in use for too long it only says in words. */
export function withoutConnection(failure: unknown): NoConnection | DatabaseUnreachable {
  const { message, code } = failure as { message?: string; code?: string };
  const areInUse = message === 'timeout exceeded when trying to connect' || code === TOO_MANY_CONNECTIONS;
  return areInUse || isOutOfFiles(failure) ? new NoConnection(failure) : new DatabaseUnreachable(failure);
}

/**
 * A connection that gives up on a server which is silent. One that vanished without closing its connections (a host
 * that lost power, a firewall that forgot) would otherwise keep every request waiting for as long as TCP tries: a
 * quarter of an hour.
 */
export class AttentiveClient extends Client {
  /** What ended the connection, in PostgreSQL's own words where it had any: statements that follow are not told. */
  endedBy: Error | undefined;

  constructor(config?: ClientConfig) {
    super(config);
    // One that breaks fails its statements and says so itself, too. Unheard, that would end the process, and between two
    // users of the pool nobody else listens: the end may come with the answer to the last statement of the one before.
    this.on('error', (failure) => (this.endedBy ??= failure));
    this.once('connect', () => this.watch());
  }

  private watch(): void {
    const wired = this as unknown as Wired;
    const { stream } = wired.connection;
    stream.setTimeout(SILENCE_MS, () => {
      if (!wired.readyForQuery) stream.destroy(new DatabaseSilent());
    });
  }
}

/** Why a statement failed: not that its connection had ended, but what that had ended by. */
export function reasonOf(failure: unknown, client: ClientBase): unknown {
  const { endedBy } = client as Partial<AttentiveClient>;
  if (!endedBy || !(failure instanceof QueryFailedError)) return failure;
  if ((failure.driverError as { code?: string }).code !== undefined) return failure;
  return new QueryFailedError(failure.query, failure.parameters, endedBy);
}

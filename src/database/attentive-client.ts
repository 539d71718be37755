import { Client, type ClientBase, type ClientConfig } from 'pg';
import { QueryFailedError } from 'typeorm';
import { isOutOfFiles, OUT_OF_FILES } from './start-error';

/** Milliseconds; longer than the statement_timeout of the service. */
const SILENCE_MS = 10_000;

type Wired = Client & {
  readonly connection: { readonly stream: import('node:net').Socket };
  /** pg's flag: false while the connection waits for the answer to a statement. */
  readonly readyForQuery: boolean;
};

/** The server did not answer a statement for SILENCE_MS: its host or the network is down. */
export class DatabaseSilent extends Error {
  override readonly name = 'DatabaseSilent';
  readonly code = 'GH_SILENT';

  constructor() {
    super('The database has stopped answering.');
  }
}

/**
 * The pool was exhausted, PostgreSQL had no connection left, or this process had no file descriptor left. No statement
 * has been sent.
 */
export class NoConnection extends Error {
  override readonly name = 'NoConnection';
  readonly code = 'GH_NO_CONNECTION';

  constructor(cause: unknown) {
    super(isOutOfFiles(cause) ? OUT_OF_FILES : 'No connection to the database was free in time.', { cause });
  }
}

/** A connection could not be opened: the host is unreachable, or PostgreSQL refused it. */
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

/** SQLSTATE of `too_many_connections`. */
const TOO_MANY_CONNECTIONS = '53300';

/** Classifies the error of pool.connect(). pg reports an exhausted pool by a message only, without a code. */
export function withoutConnection(failure: unknown): NoConnection | DatabaseUnreachable {
  const { message, code } = failure as { message?: string; code?: string };
  const areInUse = message === 'timeout exceeded when trying to connect' || code === TOO_MANY_CONNECTIONS;
  return areInUse || isOutOfFiles(failure) ? new NoConnection(failure) : new DatabaseUnreachable(failure);
}

/**
 * A pg Client that destroys its connection when the server does not answer for SILENCE_MS. After a power failure of
 * the host, or when a firewall drops the connection's state, requests would otherwise hang until TCP gives up, for
 * about 15 minutes.
 */
export class AttentiveClient extends Client {
  /** The first error that ended the connection. pg fails later statements without naming this cause. */
  endedBy: Error | undefined;

  constructor(config?: ClientConfig) {
    super(config);
    // A broken connection also emits 'error', which ends the process when nobody listens. The pool does not listen
    // while the client is checked out or on its way back, and the event can arrive in between.
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

/**
 * Replaces the error of a statement that failed because its connection had ended by the error that ended the
 * connection.
 */
export function reasonOf(failure: unknown, client: ClientBase): unknown {
  const { endedBy } = client as Partial<AttentiveClient>;
  if (!endedBy || !(failure instanceof QueryFailedError)) return failure;
  if ((failure.driverError as { code?: string }).code !== undefined) return failure;
  return new QueryFailedError(failure.query, failure.parameters, endedBy);
}

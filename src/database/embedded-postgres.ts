import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, DatabaseError } from 'pg';
import { makeDirectory } from '../config/make-directory';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries';
import { readPostmaster, setAsideStalePidFile } from './postmaster';
import { chooseServerAccount, type ServerAccount } from './server-account';
import { ServerLease } from './server-lease';
import { StartError } from './start-error';

/** Recovery after a crash can take a while; nothing that is merely starting takes this long. */
const START_SECONDS = 60;
const TRIES_TO_FIND_A_PORT = 3;

export interface EmbeddedPostgresOptions {
  /** Holds everything of the server: data, password, port, log. Created when missing. */
  directory: string;
  /** Created when missing. */
  database: string;
  /** For tests: fast, not crash-safe, and the directory is deleted on `stop`. */
  throwaway?: boolean;
}

export interface EmbeddedPostgres {
  /** Connects as the server's superuser to `database`. */
  url: string;
  port: number;
  /** Ends this process's use of the server. Close all other connections first. */
  stop(): Promise<void>;
}

/**
 * Starts a real PostgreSQL server in `directory`, or joins the one that already runs there.
 *
 * The server is no child of this process: it lives in its own session, so Ctrl-C in a terminal does not reach
 * it while the service is still closing. When the service is killed, the server stays and the next start
 * adopts it.
 *
 * Several processes may share a server. It is stopped by the last one that lets go of it, whoever started it:
 * stopping it with its starter would pull the database from under the others, and leaving it to its starter
 * alone would leave adopted servers running for ever.
 *
 * Throws when the server cannot run, with the end of its log.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const server = await Server.prepare(options.directory, options.throwaway ?? false);
  const { port, lease } = await server.joinOrStart();
  await createDatabaseUnlessThere(lease.connection, options.database);
  return {
    url: server.url(port, options.database),
    port,
    stop: () => server.leave(lease),
  };
}

/** One server directory: `cluster/` (`data/` and `password`, born together), `port`, `postgres.log`. */
class Server {
  private readonly data: string;
  private readonly log: string;

  private constructor(
    private readonly directory: string,
    private readonly throwaway: boolean,
    private readonly binaries: PostgresBinaries,
    private readonly account: ServerAccount,
  ) {
    this.data = dataOf(directory);
    this.log = join(directory, 'postgres.log');
  }

  static async prepare(path: string, throwaway: boolean): Promise<Server> {
    // Two steps: in one, the mode would close the parents too.
    makeDirectory(dirname(resolve(path)));
    makeDirectory(resolve(path), 0o700);
    const directory = realpathSync(path);
    const binaries = findPostgresBinaries();
    const account = await chooseServerAccount(directory, dataOf(directory), binaries.postgres);
    const server = new Server(directory, throwaway, binaries, account);
    if (!existsSync(server.data)) await server.createCluster();
    return server;
  }

  url(port: number, database: string): string {
    const password = readFileSync(join(this.directory, 'cluster', 'password'), 'utf8');
    return `postgres://postgres:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  }

  /**
   * The server we find may be starting, recovering, or being stopped by the last of its users:
   * so we try until we hold a lease on it.
   */
  async joinOrStart(): Promise<{ port: number; lease: ServerLease }> {
    const deadline = Date.now() + START_SECONDS * 1000;
    for (;;) {
      const port = readPostmaster(this.data)?.port ?? (await this.start());
      try {
        return { port, lease: await ServerLease.take(this.url(port, 'postgres')) };
      } catch (error) {
        if (!isPassing(error) || Date.now() > deadline) throw this.failure('cannot be reached', error);
        await sleep(100);
      }
    }
  }

  async leave(lease: ServerLease): Promise<void> {
    const isLast = await lease.giveUp();
    if (isLast && readPostmaster(this.data)) {
      // `fast` ends the connections that are left, writes everything down and leaves nothing to recover.
      await this.pgCtl('stop', '-m', 'fast', '-w', '-t', String(START_SECONDS)).catch((error: unknown) => {
        // A server that was killed while we asked it to stop has stopped as well, if less politely.
        if (readPostmaster(this.data)) throw error;
      });
    }
    await lease.end();
    if (isLast && this.throwaway) rmSync(this.directory, { recursive: true, force: true });
  }

  /** Made aside and moved into place, so that a start that was interrupted, or was second, leaves no half of it. */
  private async createCluster(): Promise<void> {
    const draft = mkdtempSync(join(this.directory, 'cluster-'));
    const password = join(draft, 'password');
    writeFileSync(password, randomBytes(24).toString('base64url'), { mode: 0o600 });
    this.account.own(draft);
    this.account.own(password);
    // The built-in locale sorts by code point and knows the case of every letter, the same on every machine.
    await this.account.run(this.binaries.initdb, [
      `--pgdata=${join(draft, 'data')}`,
      `--pwfile=${password}`,
      '--username=postgres',
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      ...(this.throwaway ? ['--no-sync'] : []),
    ]);
    try {
      renameSync(draft, join(this.directory, 'cluster'));
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      // Another process that started at the same moment has made it: theirs it is.
      if (!existsSync(this.data)) throw error;
    }
  }

  /** Starts on the port of last time if it is still free. Answers the port, which may be another process's doing. */
  private async start(): Promise<number> {
    for (let attempt = 1; ; attempt += 1) {
      setAsideStalePidFile(this.data);
      const port = await this.choosePort();
      try {
        await this.pgCtl(
          'start',
          '-w',
          '-t',
          String(START_SECONDS),
          '-l',
          this.log,
          '-o',
          this.settings(port),
        );
        writeFileSync(join(this.directory, 'port'), String(port));
        return port;
      } catch (error) {
        const winner = readPostmaster(this.data);
        if (winner) return winner.port;
        if (attempt === TRIES_TO_FIND_A_PORT) throw this.failure('did not start', error);
      }
    }
  }

  private settings(port: number): string {
    // Without a socket file: nothing but the password opens the server, and long paths are no problem.
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories='];
    if (this.throwaway) {
      settings.push('fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=400');
    }
    return [`-p ${port}`, ...settings.map((setting) => `-c ${setting}`)].join(' ');
  }

  private async choosePort(): Promise<number> {
    const file = join(this.directory, 'port');
    const remembered = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
    return (await freePort(remembered)) ?? (await freePort(0)) ?? 0;
  }

  private pgCtl(action: string, ...args: string[]): Promise<unknown> {
    return this.account.run(this.binaries.pgCtl, [action, '--pgdata', this.data, ...args]);
  }

  private failure(what: string, cause: unknown): StartError {
    const log = existsSync(this.log) ? readFileSync(this.log, 'utf8').trim().split('\n') : [];
    const reason = cause instanceof Error ? cause.message.trim() : String(cause);
    const tail = log.slice(-15).join('\n');
    return new StartError(
      `The embedded PostgreSQL in ${this.directory} ${what}: ${reason}\nThe end of its log, ${this.log}:\n${tail}`,
    );
  }
}

function dataOf(directory: string): string {
  return join(directory, 'cluster', 'data');
}

/** Two processes that share a server may find the database missing in the same moment. */
async function createDatabaseUnlessThere(connection: Client, database: string): Promise<void> {
  const found = await connection.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
  if (found.rowCount) return;
  try {
    await connection.query(`CREATE DATABASE ${connection.escapeIdentifier(database)}`);
  } catch (error) {
    const { code } = error as DatabaseError;
    const DUPLICATE_DATABASE = '42P04';
    const UNIQUE_VIOLATION = '23505';
    if (code !== DUPLICATE_DATABASE && code !== UNIQUE_VIOLATION) throw error;
  }
}

/** Refusals that end by themselves: nobody listens (yet), shutting down, starting up. */
function isPassing(error: unknown): boolean {
  const { code, message } = error as DatabaseError;
  return (
    ['ECONNREFUSED', 'ECONNRESET', '57P01', '57P02', '57P03'].includes(code ?? '') ||
    message.includes('Connection terminated')
  );
}

/** `wanted`, or any for 0; undefined when it is taken. */
function freePort(wanted: number): Promise<number | undefined> {
  return new Promise((resolvePort) => {
    const probe = createServer();
    probe.once('error', () => resolvePort(undefined));
    probe.listen(wanted, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolvePort(port));
    });
  });
}

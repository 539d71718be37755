import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable, Logger } from '@nestjs/common';
import type { Pool, PoolClient, QueryResult } from 'pg';
import {
  type DataSource,
  type EntityTarget,
  type ObjectLiteral,
  type QueryRunner,
  type Repository,
} from 'typeorm';
import { withoutConnection, reasonOf } from './attentive-client';
import { StatementPipeline } from './statement-pipeline';
import { type TransactionOpening, OPENING_OUTSIDE, openingIn, openingToRead } from './transaction-opening';
import { isConnectionSpent } from './connection-spent';
import { runnerOn } from './query-runner-on';
import { probe, unlessReadOnly } from './read-only-server';
import { type Ending, type Gathered, SharedEndings } from './shared-endings';
import { SharedReads } from './shared-reads';
import type { Deferred, Prepared, Statement } from './statement';
import { runStatement } from './statement-batch';

interface Transaction {
  readonly workspaceId: string | undefined;
  readonly client: PoolClient;
  /** TypeORM's QueryRunner on this connection; created when a repository is asked for. */
  runner?: QueryRunner;
  readonly pipeline: StatementPipeline;
  readonly deferred: Deferred[];
  /** Makers of the last statements before COMMIT, in the order of registration. */
  readonly endings: Map<unknown, Gathered>;
  readonly gathered: Map<unknown, unknown[]>;
  readonly afterCommit: (() => Promise<void>)[];
  readonly afterwards: (() => Promise<void>)[];
}

/**
 * One per process, also when tests run several services in it: each AsyncLocalStorage adds to the cost of every
 * promise.
 */
const inFlight = new AsyncLocalStorage<Transaction>();

/** Thrown at the end of `rehearse`, so that its transaction is rolled back. */
class RehearsalOver extends Error {}

/**
 * Access to PostgreSQL. `inWorkspace` gives access to the rows of one workspace; `outsideWorkspaces` to the few tables
 * without row-level security, such as those that map a domain to its workspace; `lookUp` runs one statement before the
 * workspace is known. AsyncLocalStorage carries the current transaction, so services do not pass it on.
 */
@Injectable()
export class Database {
  private readonly log = new Logger('Database');
  private readonly shared = new SharedEndings((workspaceId, left) =>
    this.onConnection(openingIn(workspaceId), (pipeline) =>
      commit({ workspaceId, pipeline, deferred: [], endings: new Map([[left.ending, left]]) }),
    ),
  );

  private readonly sharedReads = new SharedReads();

  constructor(private readonly dataSource: DataSource) {}

  /**
   * Runs `work` in a transaction that row-level security confines to this workspace. Throws when a transaction is
   * already running.
   */
  async inWorkspace<T>(workspaceId: string, work: () => Promise<T>): Promise<T> {
    return this.transaction(openingIn(workspaceId), workspaceId, work);
  }

  /**
   * As `inWorkspace`, but read-only: PostgreSQL refuses writes. Each prepared statement is a transaction of its own,
   * so it takes one round trip and no COMMIT; the statements do not share a snapshot.
   */
  async readInWorkspace<T>(workspaceId: string, work: () => Promise<T>): Promise<T> {
    return this.transaction(openingToRead(workspaceId), workspaceId, work);
  }

  /**
   * Runs one statement in a transaction of its own, in one round trip, and returns its rows. With `mayBeLost`, COMMIT
   * does not wait for the disk: a crash of the database within about a second can lose the change.
   */
  async onceInWorkspace<Row extends object>(
    workspaceId: string,
    statement: string | Prepared,
    parameters: unknown[] = [],
    { mayBeLost = false } = {},
  ): Promise<Row[]> {
    this.refuseNested();
    return this.onConnection(openingIn(workspaceId, { mayBeLost }), async (pipeline) => {
      let answer: Promise<QueryResult> | undefined;
      const answered = (promised: Promise<QueryResult>): void => {
        answer = promised;
        // pipeline.end() rejects with the same failure; this only prevents an unhandled rejection.
        answer.catch(() => undefined);
      };
      await pipeline.end([{ statement, parameters, answered }]);
      return (await answer!).rows as Row[];
    });
  }

  /** Runs `work` in a transaction without a workspace: only the tables without row-level security have rows in it. */
  async outsideWorkspaces<T>(work: () => Promise<T>): Promise<T> {
    return this.transaction(OPENING_OUTSIDE, undefined, work);
  }

  /** Workspace id of the current transaction. Throws outside a transaction. */
  get workspaceId(): string {
    const { workspaceId } = this.current();
    if (!workspaceId) throw new Error('This transaction has no workspace.');
    return workspaceId;
  }

  get inTransaction(): boolean {
    return inFlight.getStore() !== undefined;
  }

  repository<Entity extends ObjectLiteral>(entity: EntityTarget<Entity>): Repository<Entity> {
    const transaction = this.current();
    transaction.pipeline.begin();
    transaction.runner ??= runnerOn(transaction.client, this.dataSource);
    return transaction.runner.manager.getRepository(entity);
  }

  /** The columns of an entity as a SELECT list, each under the name of its property. */
  columnsOf(entity: EntityTarget<ObjectLiteral>, without: readonly string[] = []): string {
    const columns = this.dataSource
      .getMetadata(entity)
      .columns.filter(({ propertyName }) => !without.includes(propertyName));
    return columns.map(({ databaseName, propertyName }) => `${databaseName} as "${propertyName}"`).join(', ');
  }

  /**
   * Runs one statement in the current transaction and returns its rows. Statements started together, with Promise.all,
   * share one round trip.
   */
  async query<Row = Record<string, unknown>>(
    statement: string | Prepared,
    parameters: unknown[] = [],
  ): Promise<Row[]> {
    const { rows } = await this.current().pipeline.send({ statement, parameters });
    return rows as Row[];
  }

  /**
   * Adds a statement that is sent together with COMMIT, after those deferred before. For writes that the transaction
   * does not read back. When it fails, the whole transaction is rolled back.
   */
  defer(statement: string | Prepared, parameters: unknown[] = []): void {
    this.current().deferred.push({ statement, parameters });
  }

  /**
   * As `defer`, and returns the rows of the statement. They arrive after the commit, so awaiting them within the
   * transaction never ends.
   */
  conclude<Row = Record<string, unknown>>(
    statement: string | Prepared,
    parameters: unknown[] = [],
  ): Promise<Row[]> {
    const answer = new Promise<QueryResult>((answered) => {
      this.current().deferred.push({ statement, parameters, answered });
    });
    const rows = answer.then((result) => result.rows as Row[]);
    // The caller of `inWorkspace` gets the failure; this only prevents an unhandled rejection.
    rows.catch(() => undefined);
    return rows;
  }

  /**
   * Runs one statement without transaction and workspace, in one round trip; each connection prepares it once, under
   * `name`. For what is needed before the workspace is known: Recogniser, whose statements confine themselves to the
   * workspaces they name, and the tables without row-level security. Throws as `query` does.
   */
  async lookUp<Row extends object>(name: string, sql: string, parameters: unknown[]): Promise<Row[]> {
    const statement = { statement: { name, text: sql }, parameters };
    const client = await this.connect();
    let isSpent = false;
    try {
      return (await runStatement<Row>(client, statement)).rows;
    } catch (thrown) {
      const failure = unlessReadOnly(thrown);
      isSpent = isConnectionSpent(failure);
      throw failure;
    } finally {
      client.release(isSpent);
    }
  }

  /**
   * Calls `statements` just before COMMIT and sends what it returns last. A second call with the same key is ignored.
   */
  beforeCommit(key: unknown, statements: () => Statement[]): void {
    const { endings } = this.current();
    if (!endings.has(key)) endings.set(key, { ending: () => ({ statements: statements() }), items: [] });
  }

  /**
   * As `beforeCommit`, for statements made from `items`. When the transaction does nothing else, it shares its COMMIT
   * with other such transactions of the workspace: see SharedEndings. At most once per ending and transaction.
   */
  endWith<Item>(ending: Ending<Item>, items: readonly Item[]): void {
    this.current().endings.set(ending, { ending: ending as Ending<unknown>, items });
  }

  /**
   * Appends `item` to the list that `owner` keeps in the current transaction. For the first item it calls `begin` with
   * that list; `begin` registers what happens with all items at the end.
   */
  gather<Item>(owner: object, item: Item, begin: (items: readonly Item[]) => void): void {
    const { gathered } = this.current();
    const known = gathered.get(owner);
    if (known) return void known.push(item);
    const items = [item];
    gathered.set(owner, items);
    begin(items);
  }

  /**
   * Runs `work` after the commit, outside the transaction and without a connection; for notifications, for example. It
   * can no longer undo the transaction, so its failure is only logged. The caller of `inWorkspace` waits for it.
   */
  afterCommit(work: () => Promise<void>): void {
    this.current().afterCommit.push(work);
  }

  /** As `afterCommit`, but also after a rollback: for what must be recorded although the action was refused. */
  afterwards(work: () => Promise<void>): void {
    this.current().afterwards.push(work);
  }

  /**
   * As `inWorkspace`, but always rolls back: a dry run that returns or throws what the real run would. Skips the work
   * registered with `afterCommit`, `afterwards` and `beforeCommit`.
   */
  async rehearse<T>(workspaceId: string, work: () => Promise<T>): Promise<T> {
    let result: T | undefined;
    try {
      await this.inWorkspace(workspaceId, async () => {
        const { pipeline, deferred, afterwards } = this.current();
        try {
          result = await work();
          await Promise.all(deferred.map((statement) => pipeline.deliver(statement)));
        } finally {
          afterwards.length = 0;
        }
        throw new RehearsalOver();
      });
    } catch (thrown) {
      if (!(thrown instanceof RehearsalOver)) throw thrown;
    }
    return result as T;
  }

  /**
   * Runs `work` within a savepoint of the current transaction. When it throws, undoes its statements and everything it
   * registered (`defer`, `afterCommit`, …) and rethrows; the transaction can go on.
   */
  async attempt<T>(work: () => Promise<T>): Promise<T> {
    const transaction = this.current();
    const { pipeline } = transaction;
    const takeBack = marked(transaction);
    await pipeline.send({ statement: 'savepoint attempt' });
    try {
      const result = await work();
      await pipeline.send({ statement: 'release savepoint attempt' });
      return result;
    } catch (failure) {
      await pipeline.send({ statement: 'rollback to savepoint attempt; release savepoint attempt' });
      takeBack();
      throw failure;
    }
  }

  /** Throws when the database does not answer or is read-only. */
  async ping(): Promise<void> {
    await probe(await this.connect());
  }

  private async transaction<T>(
    opening: TransactionOpening,
    workspaceId: string | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    this.refuseNested();
    const afterCommit: Transaction['afterCommit'] = [];
    const afterwards: Transaction['afterwards'] = [];
    let result: T;
    try {
      let shareable: Gathered | undefined;
      result = await this.onConnection(opening, async (pipeline, client) => {
        const transaction: Transaction = {
          ...{ workspaceId, client, pipeline, deferred: [], endings: new Map(), gathered: new Map() },
          ...{ afterCommit, afterwards },
        };
        try {
          const done = await inFlight.run(transaction, work);
          shareable = shareableOf(transaction);
          if (!shareable) await commit(transaction);
          return done;
        } finally {
          // A repository kept beyond the transaction then throws, instead of running in the next transaction of this
          // connection.
          await transaction.runner?.release();
        }
      });
      if (shareable) await this.shared.end(workspaceId!, shareable);
    } catch (failure) {
      await this.follow(afterwards);
      throw failure;
    }
    await this.follow([...afterCommit, ...afterwards]);
    return result;
  }

  private async follow(works: readonly (() => Promise<void>)[]): Promise<void> {
    for (const work of works) await work().catch((failure: unknown) => this.logFailure(failure));
  }

  /** Runs `work` on a connection of the pool; rolls back when it throws. */
  private async onConnection<T>(
    opening: TransactionOpening,
    work: (pipeline: StatementPipeline, client: PoolClient) => Promise<T>,
  ): Promise<T> {
    const client = await this.connect();
    const pipeline = new StatementPipeline(client, opening, this.sharedReads);
    let isSpent = false;
    try {
      return await work(pipeline, client);
    } catch (thrown) {
      const failure = opening.readsOnly ? thrown : unlessReadOnly(thrown);
      isSpent = isConnectionSpent(failure);
      if (pipeline.begun) await pipeline.send({ statement: 'rollback' }).catch(() => undefined);
      throw reasonOf(failure, client);
    } finally {
      pipeline.close();
      // A connection that broke is dropped by the pool itself.
      client.release(isSpent);
    }
  }

  /** Throws NoConnection when no connection becomes free in time, and DatabaseUnreachable when none can be opened. */
  private async connect(): Promise<PoolClient> {
    try {
      return await this.pool.connect();
    } catch (failure) {
      throw withoutConnection(failure);
    }
  }

  private refuseNested(): void {
    // An inner transaction could not commit or roll back without deciding about the outer one.
    if (inFlight.getStore()) throw new Error('A transaction is already running here.');
  }

  private logFailure(failure: unknown): void {
    this.log.error(failure instanceof Error ? failure : String(failure));
  }

  private get pool(): Pool {
    return (this.dataSource.driver as unknown as { master: Pool }).master;
  }

  private current(): Transaction {
    const transaction = inFlight.getStore();
    if (!transaction)
      throw new Error('No transaction is running here: use inWorkspace or outsideWorkspaces.');
    return transaction;
  }
}

/** Remembers what is registered so far; the returned function removes everything registered since. */
function marked({ deferred, endings, gathered, afterCommit, afterwards }: Transaction): () => void {
  const lists = [deferred, afterCommit, afterwards, ...gathered.values()];
  const before = lists.map((list) => ({ list, length: list.length }));
  const keys = [endings, gathered].map((map) => ({ map, known: new Set(map.keys()) }));
  return () => {
    for (const { list, length } of before) list.length = length;
    for (const { map, known } of keys) for (const key of map.keys()) if (!known.has(key)) map.delete(key);
  };
}

/**
 * The only ending of a transaction that sent no statement, when SharedEndings may commit it along with others;
 * otherwise undefined.
 */
function shareableOf({ pipeline, deferred, endings }: Transaction): Gathered | undefined {
  if (pipeline.begun || deferred.length > 0 || endings.size !== 1) return undefined;
  const [[key, left]] = [...endings] as [[unknown, Gathered]];
  return key === left.ending ? left : undefined;
}

/** Sends the last statements and COMMIT together. When one of them fails, PostgreSQL rolls back the transaction. */
async function commit({
  workspaceId,
  pipeline,
  deferred,
  endings,
}: Pick<Transaction, 'workspaceId' | 'pipeline' | 'deferred' | 'endings'>): Promise<void> {
  const words = [...endings.values()].map(({ ending, items }) => ending(workspaceId ?? '', items));
  const last: Deferred[] = [...deferred, ...words.flatMap(({ statements }) => statements)];
  // The transaction sent no statement and has none left to send.
  if (!pipeline.begun && last.length === 0) return;
  await pipeline.end(last);
  for (const { committed } of words) committed?.();
}

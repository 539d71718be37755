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
  /** TypeORM on this connection: made for the transactions that ask for a repository. */
  runner?: QueryRunner;
  readonly pipeline: StatementPipeline;
  readonly deferred: Deferred[];
  /** What makes the last statements, in the order in which it was registered. */
  readonly endings: Map<unknown, Gathered>;
  readonly gathered: Map<unknown, unknown[]>;
  readonly afterCommit: (() => Promise<void>)[];
  readonly afterwards: (() => Promise<void>)[];
}

/** One for the process, whatever number of services run in it: Node copies each into every promise. */
const inFlight = new AsyncLocalStorage<Transaction>();

/** Ends a rehearsal: thrown past the work, so that nothing of it is committed. */
class RehearsalOver extends Error {}

/**
 * The ways to PostgreSQL. `inWorkspace` is the one way to a workspace's rows; `outsideWorkspaces` reaches the few
 * tables that answer "which workspace?"; `lookUp` is for what must be known before either. The transaction in flight
 * travels with the asynchronous context, so features never hand it on.
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

  /** Runs `work` in one transaction that sees this workspace only. Throws when a transaction is already running. */
  async inWorkspace<T>(workspaceId: string, work: () => Promise<T>): Promise<T> {
    return this.transaction(openingIn(workspaceId), workspaceId, work);
  }

  /**
   * As `inWorkspace`, for work that changes nothing: PostgreSQL refuses what would. Statements that are prepared are no
   * transaction together, each costs a single round trip and nothing is left to commit.
   */
  async readInWorkspace<T>(workspaceId: string, work: () => Promise<T>): Promise<T> {
    return this.transaction(openingToRead(workspaceId), workspaceId, work);
  }

  /**
   * One statement in a transaction of its own, which costs a single round trip. Answers its rows. What may be
   * lost does not wait for the disk: should the database crash within a second, it may not have happened.
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
        // Its failure is that of the whole.
        answer.catch(() => undefined);
      };
      await pipeline.end([{ statement, parameters, answered }]);
      return (await answer!).rows as Row[];
    });
  }

  /** Runs `work` in one transaction without a workspace: only the tables outside row-level security have rows. */
  async outsideWorkspaces<T>(work: () => Promise<T>): Promise<T> {
    return this.transaction(OPENING_OUTSIDE, undefined, work);
  }

  /** The workspace of the transaction in flight. Throws outside of one. */
  get workspaceId(): string {
    const { workspaceId } = this.current();
    if (!workspaceId) throw new Error('This transaction has no workspace.');
    return workspaceId;
  }

  /** Whether a transaction is running in this asynchronous context. */
  get inTransaction(): boolean {
    return inFlight.getStore() !== undefined;
  }

  repository<Entity extends ObjectLiteral>(entity: EntityTarget<Entity>): Repository<Entity> {
    const transaction = this.current();
    transaction.pipeline.begin();
    transaction.runner ??= runnerOn(transaction.client, this.dataSource);
    return transaction.runner.manager.getRepository(entity);
  }

  /** The columns of an entity, each under the name of its property: what a plain statement selects. */
  columnsOf(entity: EntityTarget<ObjectLiteral>, without: readonly string[] = []): string {
    const columns = this.dataSource
      .getMetadata(entity)
      .columns.filter(({ propertyName }) => !without.includes(propertyName));
    return columns.map(({ databaseName, propertyName }) => `${databaseName} as "${propertyName}"`).join(', ');
  }

  /**
   * Runs one statement in the transaction in flight and answers its rows. Statements that do not need each other's
   * answers share a round trip when they are asked for together, by Promise.all.
   */
  async query<Row = Record<string, unknown>>(
    statement: string | Prepared,
    parameters: unknown[] = [],
  ): Promise<Row[]> {
    const { rows } = await this.current().pipeline.send({ statement, parameters });
    return rows as Row[];
  }

  /**
   * One of the last statements of the transaction in flight: it leaves together with COMMIT, after those that were
   * deferred before. For writes that nothing in the transaction reads. Should it fail, nothing of the transaction
   * stands.
   */
  defer(statement: string | Prepared, parameters: unknown[] = []): void {
    this.current().deferred.push({ statement, parameters });
  }

  /**
   * As `defer`, for a statement whose answer is of use once everything stands. The answer is not to be waited for
   * within the transaction: it comes when the transaction is over.
   */
  conclude<Row = Record<string, unknown>>(
    statement: string | Prepared,
    parameters: unknown[] = [],
  ): Promise<Row[]> {
    const answer = new Promise<QueryResult>((answered) => {
      this.current().deferred.push({ statement, parameters, answered });
    });
    const rows = answer.then((result) => result.rows as Row[]);
    // Whoever opened the transaction hears of the failure, and nobody may be waiting here then.
    rows.catch(() => undefined);
    return rows;
  }

  /**
   * One statement outside any transaction and workspace: a single round trip, prepared once per connection under
   * `name`. For what must be known before a workspace is: what a Recogniser asks, which confines itself to the
   * workspaces it names, and the tables outside row-level security. Throws as `query` does.
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

  /** Registers what makes the very last statements before COMMIT; the same key registers once per transaction. */
  beforeCommit(key: unknown, statements: () => Statement[]): void {
    const { endings } = this.current();
    if (!endings.has(key)) endings.set(key, { ending: () => ({ statements: statements() }), items: [] });
  }

  /**
   * As `beforeCommit`, for what is made of the items gathered until then. A transaction that does nothing else shares
   * its COMMIT with others of the workspace. Once per ending and transaction.
   */
  endWith<Item>(ending: Ending<Item>, items: readonly Item[]): void {
    this.current().endings.set(ending, { ending: ending as Ending<unknown>, items });
  }

  /**
   * Adds to what `owner` gathers in the transaction in flight. The first item calls `begin`, which registers what is to
   * happen with all of them in the end.
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
   * Registers what follows once the transaction in flight has been committed, outside of it and with no connection
   * held: telling others, say. It cannot undo anything any more, so its failure is only logged. Whoever opened the
   * transaction waits for it.
   */
  afterCommit(work: () => Promise<void>): void {
    this.current().afterCommit.push(work);
  }

  /**
   * Registers what follows once the transaction in flight is over, committed or not: what must be on record although
   * the deed was refused. Otherwise as `afterCommit`.
   */
  afterwards(work: () => Promise<void>): void {
    this.current().afterwards.push(work);
  }

  /**
   * As `inWorkspace`, with everything taken back at the end: what `work` answers or throws is what would have happened.
   * Nothing that was registered to follow follows, and nothing is recorded.
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
   * Runs a part of the transaction in flight that may fail by itself: what it did, recorded and registered is then
   * taken back, and the transaction goes on. Throws what `work` throws.
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

  /** Whether the database answers and may be changed; throws otherwise. */
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
          // Whoever kept a repository finds it closed, instead of on somebody else's transaction.
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

  /** A connection of the pool for a transaction, which is rolled back when `work` fails. */
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
      // The pool itself lets go of a connection that broke.
      client.release(isSpent);
    }
  }

  /** Throws NoConnection when none is free in time, and DatabaseUnreachable. */
  private async connect(): Promise<PoolClient> {
    try {
      return await this.pool.connect();
    } catch (failure) {
      throw withoutConnection(failure);
    }
  }

  private refuseNested(): void {
    // Two owners of one transaction would each believe that they decide about its end.
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

/** What takes back all that is registered from now on. */
function marked({ deferred, endings, gathered, afterCommit, afterwards }: Transaction): () => void {
  const lists = [deferred, afterCommit, afterwards, ...gathered.values()];
  const before = lists.map((list) => ({ list, length: list.length }));
  const keys = [endings, gathered].map((map) => ({ map, known: new Set(map.keys()) }));
  return () => {
    for (const { list, length } of before) list.length = length;
    for (const { map, known } of keys) for (const key of map.keys()) if (!known.has(key)) map.delete(key);
  };
}

/** Of a transaction that asked nothing of the database: what it leaves, if that may be committed along with others. */
function shareableOf({ pipeline, deferred, endings }: Transaction): Gathered | undefined {
  if (pipeline.begun || deferred.length > 0 || endings.size !== 1) return undefined;
  const [[key, left]] = [...endings] as [[unknown, Gathered]];
  return key === left.ending ? left : undefined;
}

/** Sends the last statements and COMMIT together. Should one of them fail, nothing of the transaction stands. */
async function commit({
  workspaceId,
  pipeline,
  deferred,
  endings,
}: Pick<Transaction, 'workspaceId' | 'pipeline' | 'deferred' | 'endings'>): Promise<void> {
  const words = [...endings.values()].map(({ ending, items }) => ending(workspaceId ?? '', items));
  const last: Deferred[] = [...deferred, ...words.flatMap(({ statements }) => statements)];
  // Nothing was asked, and nothing is left.
  if (!pipeline.begun && last.length === 0) return;
  await pipeline.end(last);
  for (const { committed } of words) committed?.();
}

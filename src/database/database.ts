import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable, Logger } from '@nestjs/common';
import type { Pool } from 'pg';
import type { DataSource, EntityManager, EntityTarget, ObjectLiteral, Repository } from 'typeorm';

interface Transaction {
  readonly workspaceId: string | undefined;
  readonly manager: EntityManager;
  readonly beforeCommit: Map<unknown, () => Promise<void>>;
  readonly afterCommit: (() => Promise<void>)[];
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The ways to PostgreSQL. `inWorkspace` is the one way to a workspace's rows; `outsideWorkspaces` reaches the few
 * tables that answer "which workspace?"; `lookUp` is for what must be known before either. The transaction in flight
 * travels with the asynchronous context, so features never hand it on.
 */
@Injectable()
export class Database {
  private readonly inFlight = new AsyncLocalStorage<Transaction>();
  private readonly log = new Logger('Database');

  constructor(private readonly dataSource: DataSource) {}

  /** Runs `work` in one transaction that sees this workspace only. Throws when a transaction is already running. */
  async inWorkspace<T>(workspaceId: string, work: () => Promise<T>): Promise<T> {
    if (!UUID.test(workspaceId)) throw new Error('A workspace id is a UUID.');
    // One message opens the transaction and names the workspace; the id is checked above. `set local` lasts
    // for this transaction only: a pooled connection forgets it.
    return this.transaction(`begin; set local gatehouse.workspace_id = '${workspaceId}'`, workspaceId, work);
  }

  /** Runs `work` in one transaction without a workspace: only the tables outside row-level security have rows. */
  async outsideWorkspaces<T>(work: () => Promise<T>): Promise<T> {
    return this.transaction('begin', undefined, work);
  }

  /** The workspace of the transaction in flight. Throws outside of one. */
  get workspaceId(): string {
    const { workspaceId } = this.current();
    if (!workspaceId) throw new Error('This transaction has no workspace.');
    return workspaceId;
  }

  /** Whether a transaction is running in this asynchronous context. */
  get inTransaction(): boolean {
    return this.inFlight.getStore() !== undefined;
  }

  /** An object that is the same throughout one transaction and another in the next. Throws outside of one. */
  get transactionKey(): object {
    return this.current();
  }

  repository<Entity extends ObjectLiteral>(entity: EntityTarget<Entity>): Repository<Entity> {
    return this.current().manager.getRepository(entity);
  }

  /** Runs one statement in the transaction in flight and answers its rows. */
  async query<Row = Record<string, unknown>>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    const result = await this.current().manager.queryRunner!.query(sql, parameters, true);
    return result.records as Row[];
  }

  /**
   * One statement outside any transaction and workspace: a single round trip, prepared once per connection under
   * `name`. For what must be known before a workspace is: the recognise_* functions, which confine themselves to
   * the workspaces their arguments name, and the tables outside row-level security.
   */
  async lookUp<Row extends object>(name: string, sql: string, parameters: unknown[]): Promise<Row[]> {
    const { rows } = await this.pool.query<Row>({ name, text: sql, values: parameters });
    return rows;
  }

  /** Registers what must be the last statements before COMMIT; the same key registers once per transaction. */
  beforeCommit(key: unknown, work: () => Promise<void>): void {
    const { beforeCommit } = this.current();
    if (!beforeCommit.has(key)) beforeCommit.set(key, work);
  }

  /**
   * Registers what follows once the transaction in flight has been committed, outside of it and with no connection
   * held: telling others, say. It cannot undo anything any more, so its failure is only logged. Whoever opened the
   * transaction waits for it.
   */
  afterCommit(work: () => Promise<void>): void {
    this.current().afterCommit.push(work);
  }

  /** Whether the database answers; throws when it does not. */
  async ping(): Promise<void> {
    await this.dataSource.query('select 1');
  }

  private async transaction<T>(
    begin: string,
    workspaceId: string | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    if (this.inFlight.getStore()) {
      // Two owners of one transaction would each believe that they decide about its end.
      throw new Error('A transaction is already running here.');
    }
    const afterCommit: Transaction['afterCommit'] = [];
    const runner = this.dataSource.createQueryRunner();
    let result: T;
    try {
      await runner.query(begin);
      // Tells TypeORM that the transaction is open, so that save() and remove() do not end one of their own.
      Object.assign(runner, { isTransactionActive: true, transactionDepth: 1 });
      const transaction: Transaction = {
        workspaceId,
        manager: runner.manager,
        beforeCommit: new Map(),
        afterCommit,
      };
      try {
        result = await this.inFlight.run(transaction, async () => {
          const done = await work();
          for (const last of transaction.beforeCommit.values()) await last();
          return done;
        });
        await runner.query('commit');
      } catch (failure) {
        await runner.query('rollback').catch(() => undefined);
        throw failure;
      }
    } finally {
      await runner.release();
    }
    for (const follow of afterCommit) await follow().catch((failure: unknown) => this.logFailure(failure));
    return result;
  }

  private logFailure(failure: unknown): void {
    this.log.error(failure instanceof Error ? failure : String(failure));
  }

  private get pool(): Pool {
    return (this.dataSource.driver as unknown as { master: Pool }).master;
  }

  private current(): Transaction {
    const transaction = this.inFlight.getStore();
    if (!transaction)
      throw new Error('No transaction is running here: use inWorkspace or outsideWorkspaces.');
    return transaction;
  }
}

import { setImmediate } from 'node:timers/promises';
import type { PoolClient, QueryResult, QueryResultRow } from 'pg';
import { QueryFailedError } from 'typeorm';
import type { TransactionOpening } from './transaction-opening';
import type { SharedReads } from './shared-reads';
import { COMMIT, type Deferred, type Statement } from './statement';
import { together } from './together';
import { TransactionOver } from './transaction-over';
import { arePrepared, canBeBatched, runAsOne, runStatement } from './statement-batch';

/** pg's stream of outgoing messages, which its typings do not declare. */
type Wired = PoolClient & { readonly connection: { readonly stream: { cork(): void; uncork(): void } } };

/**
 * Sends statements on one connection without waiting for earlier answers; PostgreSQL answers in order. Statements of
 * one turn of the event loop leave in one packet and share one round trip.
 */
export class StatementPipeline {
  private corked = false;
  private closed = false;
  private beginning: Promise<QueryResult> | undefined;
  private failure: unknown;

  /**
   * @param opening opens the transaction; sent before the first statement. Omitted when the transaction is open
   * already
   * @param shared sends quick reads that need no transaction
   */
  constructor(
    readonly client: PoolClient,
    private readonly opening?: TransactionOpening,
    private readonly shared?: SharedReads,
  ) {}

  get begun(): boolean {
    return this.beginning !== undefined;
  }

  /** Whether the connection has gone back to the pool, so that nothing may be sent. */
  get isOver(): boolean {
    return this.closed;
  }

  /** Sends the opening of the transaction once. `opened` waits for its answer. */
  begin(): void {
    if (this.opening === undefined || this.beginning) return;
    this.beginning = this.run({ statement: this.opening.message });
    this.beginning.catch(() => undefined);
  }

  /** Throws when the transaction could not be opened. */
  async opened(): Promise<void> {
    await this.beginning;
  }

  /** Refuses further statements: the connection goes back to the pool and serves another request. */
  close(): void {
    this.closed = true;
  }

  /** Throws QueryFailedError, as TypeORM does, and TransactionOver after `close`. */
  async send<Row extends QueryResultRow>(statement: Statement): Promise<QueryResult<Row>> {
    if (this.closed) throw new TransactionOver();
    if (this.standsAlone(statement)) return this.alone(statement);
    // Not awaited: when it fails no workspace is set, and row-level security hides all rows from the next statements.
    this.begin();
    return this.run(statement);
  }

  /** As `send`, and passes the promise of the answer to `answered`. */
  deliver({ answered, ...statement }: Deferred): Promise<QueryResult> {
    const answer = this.send(statement);
    answered?.(answer);
    return answer;
  }

  /**
   * Sends the last statements and commits. When nothing was sent before, the whole transaction is one message, which
   * PostgreSQL commits at its end. Throws when the transaction was rolled back: QueryFailedError of the statement that
   * failed.
   */
  async end(last: readonly Deferred[]): Promise<void> {
    const entry = this.begun ? undefined : this.opening?.entry;
    const all: readonly Deferred[] = entry ? [...entry, ...last] : [...last, { statement: COMMIT }];
    if (last.length > 0 && arePrepared(this.client, all)) return this.endAtOnce(all, entry !== undefined);

    // Prepares the opening statements on this connection, so that its next transaction can be sent as one message.
    const opening = entry ?? (this.opening?.readsOnly ? this.opening.entry : []);
    const unknown = opening.filter((statement) => !arePrepared(this.client, [statement]));
    const sent: readonly Deferred[] = [...unknown, ...last, { statement: COMMIT }];
    const running = Promise.all(sent.map((statement) => this.deliver(statement)));
    const [, answers] = await together(this.opened(), running);
    refuseUncommitted(answers.at(-1)!);
  }

  /** Whether the statement can run as a transaction of its own: read-only, with no transaction open. */
  private standsAlone(statement: Statement): boolean {
    if (this.begun || !this.opening?.readsOnly) return false;
    return arePrepared(this.client, this.opening.entry) && canBeBatched(this.client, statement);
  }

  private async alone<Row extends QueryResultRow>(statement: Statement): Promise<QueryResult<Row>> {
    const { entry } = this.opening!;
    const batched = { ...statement, isAwaited: true };
    const { shared } = this;
    if (shared && isQuick(statement)) return (await shared.read(this, entry, batched)) as QueryResult<Row>;
    this.hold();
    return (await runAsOne(this.client, [...entry, batched])).at(-1) as QueryResult<Row>;
  }

  private async endAtOnce(all: readonly Deferred[], isWhole: boolean): Promise<void> {
    this.hold();
    const running = runAsOne(
      this.client,
      all.map((one) => ({ ...one, isAwaited: one.answered !== undefined })),
    );
    for (const [at, { answered }] of all.entries()) answered?.(running.then((answers) => answers[at]!));
    const [, answers] = await together(this.opened(), running);
    if (!isWhole) refuseUncommitted(answers.at(-1)!);
  }

  private async run<Row extends QueryResultRow>(statement: Statement): Promise<QueryResult<Row>> {
    this.hold();
    try {
      return await runStatement<Row>(this.client, statement);
    } catch (failure) {
      throw await this.blamed(failure);
    }
  }

  /** The first failure of the transaction: later statements fail with 25P02 only. */
  private async blamed(failure: unknown): Promise<unknown> {
    if (!isAfterFailure(failure)) return (this.failure = failure);
    // Both answers may be in one packet, and the handler of the first failure may run after this one.
    await setImmediate();
    return this.failure ?? failure;
  }

  private hold(): void {
    if (this.corked) return;
    this.corked = true;
    const { stream } = (this.client as Wired).connection;
    stream.cork();
    process.nextTick(() => {
      this.corked = false;
      stream.uncork();
    });
  }
}

const isQuick = ({ statement }: Statement): boolean =>
  typeof statement !== 'string' && statement.isQuick === true;

/** SQLSTATE of in_failed_sql_transaction. */
const isAfterFailure = (failure: unknown): boolean =>
  failure instanceof QueryFailedError && (failure.driverError as { code?: string }).code === '25P02';

/** PostgreSQL answers COMMIT of a failed transaction with ROLLBACK, not with an error. */
function refuseUncommitted({ command }: QueryResult): void {
  if (command !== 'COMMIT')
    throw new Error('A statement of this transaction had failed, so nothing of it stands.');
}

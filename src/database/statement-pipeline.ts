import { setImmediate } from 'node:timers/promises';
import type { PoolClient, QueryResult, QueryResultRow } from 'pg';
import { QueryFailedError } from 'typeorm';
import type { TransactionOpening } from './transaction-opening';
import type { SharedReads } from './shared-reads';
import { COMMIT, type Deferred, type Statement } from './statement';
import { together } from './together';
import { TransactionOver } from './transaction-over';
import { arePrepared, canBeBatched, runAsOne, runStatement } from './statement-batch';

/** What pg keeps to itself: the stream that its messages are written to. */
type Wired = PoolClient & { readonly connection: { readonly stream: { cork(): void; uncork(): void } } };

/**
 * Sends statements down one connection without waiting for the answers to those before (PostgreSQL answers in order).
 * What is sent in one turn leaves in one packet, so that it costs one round trip however much it is.
 */
export class StatementPipeline {
  private corked = false;
  private closed = false;
  private beginning: Promise<QueryResult> | undefined;
  private failure: unknown;

  /**
   * @param opening what opens the transaction, sent before whatever is sent first; none where it is open already
   * @param shared what quick statements leave by that need no transaction
   */
  constructor(
    readonly client: PoolClient,
    private readonly opening?: TransactionOpening,
    private readonly shared?: SharedReads,
  ) {}

  /** Whether the transaction has been opened. */
  get begun(): boolean {
    return this.beginning !== undefined;
  }

  /** Whether nothing may be sent any more. */
  get isOver(): boolean {
    return this.closed;
  }

  /** Opens the transaction unless that has been done. Nothing waits for the answer: that is `opened`. */
  begin(): void {
    if (this.opening === undefined || this.beginning) return;
    this.beginning = this.run({ statement: this.opening.message });
    this.beginning.catch(() => undefined);
  }

  /** Throws when the transaction could not be opened. */
  async opened(): Promise<void> {
    await this.beginning;
  }

  /** Nothing is sent from here on: the connection serves somebody else. */
  close(): void {
    this.closed = true;
  }

  /** Throws QueryFailedError, as TypeORM does; and when the transaction is over. */
  async send<Row extends QueryResultRow>(statement: Statement): Promise<QueryResult<Row>> {
    if (this.closed) throw new TransactionOver();
    if (this.standsAlone(statement)) return this.alone(statement);
    // Where that fails nothing comes of it: without a workspace the statements after it find nothing.
    this.begin();
    return this.run(statement);
  }

  /** As `send`, and lets who awaits the answer have it. */
  deliver({ answered, ...statement }: Deferred): Promise<QueryResult> {
    const answer = this.send(statement);
    answered?.(answer);
    return answer;
  }

  /**
   * Sends the last statements of the transaction and commits it. A transaction of which nothing was sent before leaves
   * whole, and PostgreSQL commits it at its end. Throws when nothing of the transaction stands: QueryFailedError for
   * the statement that failed.
   */
  async end(last: readonly Deferred[]): Promise<void> {
    const entry = this.begun ? undefined : this.opening?.entry;
    const all: readonly Deferred[] = entry ? [...entry, ...last] : [...last, { statement: COMMIT }];
    if (last.length > 0 && arePrepared(this.client, all)) return this.endAtOnce(all, entry !== undefined);

    // What opens a transaction that is sent whole is run here for once, so that the next can be.
    const opening = entry ?? (this.opening?.readsOnly ? this.opening.entry : []);
    const unknown = opening.filter((statement) => !arePrepared(this.client, [statement]));
    const sent: readonly Deferred[] = [...unknown, ...last, { statement: COMMIT }];
    const running = Promise.all(sent.map((statement) => this.deliver(statement)));
    const [, answers] = await together(this.opened(), running);
    refuseUncommitted(answers.at(-1)!);
  }

  /** Whether a statement needs no transaction that others are in. */
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

  /** What went wrong first: statements that were sent after it only know that something did. */
  private async blamed(failure: unknown): Promise<unknown> {
    if (!isAfterFailure(failure)) return (this.failure = failure);
    // Both may have come in the same packet, and whoever asked first may hear of it last.
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

/** in_failed_sql_transaction */
const isAfterFailure = (failure: unknown): boolean =>
  failure instanceof QueryFailedError && (failure.driverError as { code?: string }).code === '25P02';

/** To COMMIT after a failure PostgreSQL answers ROLLBACK, and no error. */
function refuseUncommitted({ command }: QueryResult): void {
  if (command !== 'COMMIT')
    throw new Error('A statement of this transaction had failed, so nothing of it stands.');
}

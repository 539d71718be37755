import type { PoolClient, QueryResult, QueryResultRow } from 'pg';
import { QueryFailedError } from 'typeorm';
import { arePrepared, runLast } from './last-statements';
import type { Prepared, Statement } from './statement';

/** What pg keeps to itself: the stream that its messages are written to. */
type Wired = PoolClient & { readonly connection: { readonly stream: { cork(): void; uncork(): void } } };

/**
 * Sends statements down one connection without waiting for the answers to those before (PostgreSQL answers in order).
 * What is sent in one turn leaves in one packet, so that it costs one round trip however much it is.
 */
export class Flight {
  private corked = false;
  private beginning: Promise<QueryResult> | undefined;

  /** @param opening what opens the transaction, sent before whatever is sent first; none where it is open already */
  constructor(
    private readonly client: PoolClient,
    private readonly opening?: string,
  ) {}

  /** Whether the transaction has been opened. */
  get begun(): boolean {
    return this.beginning !== undefined;
  }

  /** Opens the transaction unless that has been done. Nothing waits for the answer: that is `opened`. */
  begin(): void {
    if (this.opening === undefined || this.beginning) return;
    this.beginning = this.run({ statement: this.opening });
    this.beginning.catch(() => undefined);
  }

  /** Throws when the transaction could not be opened. */
  async opened(): Promise<void> {
    await this.beginning;
  }

  /** Throws QueryFailedError, as TypeORM does. */
  async send<Row extends QueryResultRow>(statement: Statement): Promise<QueryResult<Row>> {
    // Where that fails nothing comes of it: without a workspace the statements after it find nothing.
    this.begin();
    return this.run(statement);
  }

  /** Whether the connection has prepared all of these, and COMMIT: then they can be sent as one. */
  knows(last: readonly Statement[]): boolean {
    return arePrepared(this.client, last);
  }

  /**
   * Sends the last statements of the transaction and COMMIT as one. Answers what PostgreSQL had to say to COMMIT.
   * Throws QueryFailedError for the one that failed.
   */
  end(last: readonly Statement[]): Promise<string> {
    this.begin();
    this.hold();
    return runLast(this.client, last);
  }

  private async run<Row extends QueryResultRow>({
    statement,
    parameters = [],
  }: Statement): Promise<QueryResult<Row>> {
    this.hold();
    const values = [...parameters];
    try {
      return await (typeof statement === 'string'
        ? this.client.query<Row>(statement, values)
        : this.client.query<Row>({ name: statement.name, text: statement.text, values }));
    } catch (failure) {
      throw new QueryFailedError(textOf(statement), values, failure as Error);
    }
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

const textOf = (statement: string | Prepared): string =>
  typeof statement === 'string' ? statement : statement.text;

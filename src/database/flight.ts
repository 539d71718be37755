import type { PoolClient, QueryResult, QueryResultRow } from 'pg';
import { QueryFailedError } from 'typeorm';
import type { Prepared, Statement } from './statement';

/** What pg keeps to itself: the stream that its messages are written to. */
type Wired = PoolClient & { readonly connection: { readonly stream: { cork(): void; uncork(): void } } };

/**
 * Sends statements down one connection without waiting for the answers to those before (PostgreSQL answers in order).
 * What is sent in one turn leaves in one packet, so that it costs one round trip however much it is.
 */
export class Flight {
  private corked = false;

  constructor(private readonly client: PoolClient) {}

  /** Throws QueryFailedError, as TypeORM does. */
  async send<Row extends QueryResultRow>({
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

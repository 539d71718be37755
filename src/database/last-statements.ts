import { type Connection, type PoolClient, Query, type QueryResult } from 'pg';
import { QueryFailedError } from 'typeorm';
import type { Prepared, Statement } from './statement';

/** One of the last statements. Who awaits its rows has them described. */
export interface LastStatement extends Statement {
  readonly isAwaited?: boolean;
}
type Step = LastStatement & { readonly statement: Prepared };

/** What pg's own Query does with a connection, as far as it is used here. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  /** By name, the statements that this connection has prepared. */
  readonly parsedStatements: Readonly<Record<string, string | undefined>>;
  sync(): void;
}
/** What pg's own Query makes of a statement and of what is answered to it. */
type Part = Query & {
  prepare(connection: unknown): void;
  handleRowDescription(message: unknown): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: unknown): void;
  handleReadyForQuery(connection: unknown): void;
};
type Wired = PoolClient & { readonly connection: Wire };

/**
 * The statements that end a transaction, sent with one Sync: PostgreSQL answers after the last of them instead of waking
 * us up for each. The first that fails keeps those after it, COMMIT too, from being run.
 */
class LastStatements extends Query {
  /** Tells who looks at what is sent. */
  readonly texts: readonly string[];
  private readonly parts: readonly Part[];
  private readonly results: QueryResult[] = [];
  private done = 0;
  private unsendable: Error | undefined;

  constructor(
    private readonly steps: readonly Step[],
    private readonly ended: (failure: Error | undefined, results: readonly QueryResult[]) => void,
  ) {
    super({ text: '' }, () => undefined);
    this.texts = steps.map(({ statement }) => statement.text);
    this.parts = steps.map(({ statement: { name, text }, parameters = [] }) => {
      const callback = (failure: Error | null, result: QueryResult): void => {
        this.unsendable ??= failure ?? undefined;
        this.results.push(result);
      };
      const config = { name, text, values: [...parameters], callback };
      return new Query(config) as Part;
    });
  }

  override submit = (connection: Connection): null => {
    const wire = connection as unknown as Wire;
    wire.stream.cork();
    for (const [at, part] of this.parts.entries()) {
      if (!this.unsendable) part.prepare(linkTo(wire, this.steps[at]!));
    }
    // What has left already must not be committed by the Sync.
    if (this.unsendable) (new Query({ text: 'rollback' }) as Part).prepare(linkTo(wire, {}));
    wire.sync();
    wire.stream.uncork();
    return null;
  };

  handleRowDescription(message: unknown): void {
    this.parts[this.done]!.handleRowDescription(message);
  }

  handleDataRow(message: unknown): void {
    // What was not described is of no interest to anybody.
    if (this.steps[this.done]!.isAwaited) this.parts[this.done]!.handleDataRow(message);
  }

  handleCommandComplete(message: unknown, connection: unknown): void {
    this.parts[this.done]!.handleCommandComplete(message, connection);
    this.done += 1;
  }

  handleError(failure: Error): void {
    const { statement, parameters = [] } = this.steps[Math.min(this.done, this.steps.length - 1)]!;
    this.ended(new QueryFailedError(statement.text, [...parameters], failure), []);
  }

  handleReadyForQuery(connection: unknown): void {
    if (this.unsendable) return this.handleError(this.unsendable);
    for (const part of this.parts) part.handleReadyForQuery(connection);
    this.ended(undefined, this.results);
  }
}

/**
 * The connection as single statements see it: without a Sync of their own, asking for columns only where somebody
 * awaits rows, and without giving up the prepared statement when a parameter cannot be written.
 */
function linkTo(wire: Wire, { isAwaited }: Pick<LastStatement, 'isAwaited'>): object {
  const kept = { sync: nothing, close: nothing, ...(isAwaited ? {} : { describe: nothing }) };
  return Object.assign(Object.create(wire) as object, kept);
}

const nothing = (): void => undefined;

/**
 * Whether the connection has prepared them all: what is prepared on the way would have to be kept account of, statement
 * by statement, should one of them fail.
 */
export function arePrepared(client: PoolClient, statements: readonly Statement[]): boolean {
  const { parsedStatements } = (client as Wired).connection;
  return statements.every(
    ({ statement }) => typeof statement !== 'string' && parsedStatements[statement.name] === statement.text,
  );
}

/**
 * Runs statements that are prepared. Answers what PostgreSQL had to say to each, with the rows of those that are
 * awaited. Throws QueryFailedError for the one that failed.
 */
export function runAsOne(
  client: PoolClient,
  statements: readonly LastStatement[],
): Promise<readonly QueryResult[]> {
  return new Promise((resolve, reject) => {
    client.query(
      new LastStatements(statements as readonly Step[], (failure, results) =>
        failure ? reject(failure) : resolve(results),
      ),
    );
  });
}

import { type Connection, type PoolClient, Query } from 'pg';
import { QueryFailedError } from 'typeorm';
import { COMMIT, type Prepared, type Statement } from './statement';

type Step = Statement & { readonly statement: Prepared };

/** What pg's own Query does with a connection, as far as it is used here. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  /** By name, the statements that this connection has prepared. */
  readonly parsedStatements: Readonly<Record<string, string | undefined>>;
  sync(): void;
}
type Preparing = Query & { prepare(connection: unknown): void };
type Wired = PoolClient & { readonly connection: Wire };

/**
 * The statements that end a transaction and COMMIT, sent with one Sync: PostgreSQL answers after the last of them
 * instead of waking us up for each. The first that fails keeps those after it, COMMIT too, from being run. Their rows
 * are of no interest.
 */
class LastStatements extends Query {
  /** Tells who looks at what is sent. */
  readonly texts: readonly string[];
  private done = 0;
  private command = '';
  private unsendable: Error | undefined;

  constructor(
    private readonly steps: readonly Step[],
    private readonly ended: (failure: Error | undefined, command: string) => void,
  ) {
    super({ text: '' }, () => undefined);
    this.texts = steps.map(({ statement }) => statement.text);
  }

  override submit = (connection: Connection): null => {
    const wire = connection as unknown as Wire;
    wire.stream.cork();
    const link = linkTo(wire);
    for (const { statement, parameters = [] } of this.steps) {
      if (this.unsendable) break;
      const query = new Query(
        { name: statement.name, text: statement.text, values: [...parameters] },
        (failure) => {
          this.unsendable = failure ?? undefined;
        },
      );
      (query as Preparing).prepare(link);
    }
    wire.sync();
    wire.stream.uncork();
    return null;
  };

  handleDataRow(): void {
    // Nobody asked for it.
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.done += 1;
    this.command = text;
  }

  handleError(failure: Error): void {
    const { statement, parameters = [] } = this.steps[Math.min(this.done, this.steps.length - 1)]!;
    this.ended(new QueryFailedError(statement.text, [...parameters], failure), '');
  }

  handleReadyForQuery(): void {
    if (this.unsendable) this.handleError(this.unsendable);
    else this.ended(undefined, this.command);
  }
}

/**
 * The connection as single statements see it: without a Sync of their own, without asking for columns, and without
 * giving up the prepared statement when a parameter cannot be written.
 */
const linkTo = (wire: Wire): object =>
  Object.assign(Object.create(wire) as object, { describe: nothing, sync: nothing, close: nothing });

const nothing = (): void => undefined;

/**
 * Whether the connection has prepared them all, and COMMIT: what is prepared on the way would have to be kept account
 * of, statement by statement, should one of them fail.
 */
export function arePrepared(client: PoolClient, statements: readonly Statement[]): boolean {
  const { parsedStatements } = (client as Wired).connection;
  const isPrepared = (one: string | Prepared): boolean =>
    typeof one !== 'string' && parsedStatements[one.name] === one.text;
  return isPrepared(COMMIT) && statements.every(({ statement }) => isPrepared(statement));
}

/**
 * Runs statements that are prepared, and COMMIT after them. Answers the word that PostgreSQL had for the last. Throws
 * QueryFailedError for the one that failed.
 */
export function runLast(client: PoolClient, statements: readonly Statement[]): Promise<string> {
  const steps = [...(statements as readonly Step[]), { statement: COMMIT }];
  return new Promise((resolve, reject) => {
    client.query(
      new LastStatements(steps, (failure, command) => (failure ? reject(failure) : resolve(command))),
    );
  });
}

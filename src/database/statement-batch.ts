import { type Connection, type PoolClient, Query, type QueryResult, type QueryResultRow } from 'pg';
import { prepareValue } from 'pg/lib/utils';
import { serialize } from 'pg-protocol';
import { QueryFailedError } from 'typeorm';
import type { Prepared, Statement } from './statement';

/** A statement of a batch: one that the connection has prepared, or one in words. Who awaits its rows gets them. */
export interface BatchedStatement extends Statement {
  readonly isAwaited?: boolean;
}

/** What pg keeps of a connection, as far as it is used here. */
interface Wire {
  readonly stream: { write(message: Buffer): void };
  /** By name, the statements that this connection has prepared. */
  readonly parsedStatements: Readonly<Record<string, string | undefined>>;
}
type Wired = PoolClient & { readonly connection: Wire };

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
  readonly format: string;
}

/** What the rows of a statement are made of: nothing else comes of it for as long as it is prepared. */
interface Columns {
  readonly names: readonly string[];
  readonly parsers: readonly ((text: string) => unknown)[];
}

type Ended = (failure: Error | null, results?: readonly QueryResult[]) => void;

/** pg's own, whose typings have it that nobody may send themselves in another way. */
const PgQuery = Query as unknown as new (
  text: string,
  values: undefined,
  callback: Ended,
) => { readonly callback: Ended };

const NO_COLUMNS: Columns = { names: [], parsers: [] };

/** By name of the statement. The connections forget with their statements. */
const described = new WeakMap<Wire, Map<string, Columns>>();

/** PostgreSQL's own name for the statement that the next one in words replaces. */
const UNNAMED = '';

const SYNC = serialize.sync();
const EXECUTE = serialize.execute();
const DESCRIBE = serialize.describe({ type: 'P' });

/**
 * Statements sent as one message with one Sync: they are a transaction, unless one is open, and PostgreSQL answers after
 * the last of them instead of waking us up for each. The first that fails keeps those after it from being run. pg itself
 * would send each with a Sync of its own and have its columns described each time; it takes only a Query of its own,
 * though.
 *
 * A batch knows from the beginning whom it calls, and has no function of its own that knows the batch. One that was
 * told later, or that held such a function, was found by V8 to be alive for several collections after its end, and with it
 * every row and request that it had been about: four fifths of what a busy service had to move in memory.
 */
class StatementBatch extends PgQuery {
  private readonly columns: Map<string, Columns>;
  private readonly results: QueryResult[] = [];
  private found: Record<string, unknown>[] = [];

  constructor(
    private readonly client: Wired,
    /** Also for who looks at what is sent. */
    readonly statements: readonly BatchedStatement[],
    /** By this name, pg itself knows that it has ended: with a `query_timeout` it gives up what has not. */
    ended: Ended,
  ) {
    super('', undefined, ended);
    this.columns = columnsOn(client.connection);
  }

  /** Nothing is sent where a parameter cannot be written. */
  submit(connection: Connection): Error | null {
    try {
      const messages = this.statements.flatMap((batched) => this.messagesOf(batched));
      (connection as unknown as Wire).stream.write(Buffer.concat([...messages, SYNC]));
      return null;
    } catch (failure) {
      return failure as Error;
    }
  }

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    const parserOf = ({ dataTypeID, format }: Field): ((text: string) => unknown) =>
      this.client.getTypeParser(dataTypeID, format as 'text') as (text: string) => unknown;
    this.columns.set(nameOf(this.current), {
      names: fields.map(({ name }) => name),
      parsers: fields.map(parserOf),
    });
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const batched = this.current;
    // What was not described is of no interest to anybody.
    if (!batched.isAwaited) return;
    const { names, parsers } = this.columns.get(nameOf(batched))!;
    const row: Record<string, unknown> = {};
    for (let at = 0; at < names.length; at += 1) {
      const text = fields[at]!;
      row[names[at]!] = text === null ? null : parsers[at]!(text);
    }
    this.found.push(row);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const batched = this.current;
    const name = nameOf(batched);
    if (batched.isAwaited && !this.columns.has(name)) this.columns.set(name, NO_COLUMNS);
    this.results.push(resultOf(text, this.found));
    this.found = [];
  }

  handleError(failure: Error): void {
    this.callback(failure, this.results);
  }

  handleReadyForQuery(): void {
    this.callback(null, this.results);
  }

  /** The one that is being answered, or failed. */
  get current(): BatchedStatement {
    return this.statements[Math.min(this.results.length, this.statements.length - 1)]!;
  }

  private messagesOf(batched: BatchedStatement): Buffer[] {
    const { statement, parameters = [], isAwaited } = batched;
    const name = nameOf(batched);
    const messages = typeof statement === 'string' ? [serialize.parse({ text: statement })] : [];
    messages.push(serialize.bind({ statement: name, values: [...parameters], valueMapper: prepareValue }));
    if (isAwaited && (name === UNNAMED || !this.columns.has(name))) messages.push(DESCRIBE);
    messages.push(EXECUTE);
    return messages;
  }
}

const nameOf = ({ statement }: Statement): string =>
  typeof statement === 'string' ? UNNAMED : statement.name;

const failed = ({ statement, parameters = [] }: Statement, failure: Error): QueryFailedError =>
  new QueryFailedError(typeof statement === 'string' ? statement : statement.text, [...parameters], failure);

function columnsOn(wire: Wire): Map<string, Columns> {
  let columns = described.get(wire);
  if (!columns) described.set(wire, (columns = new Map<string, Columns>()));
  return columns;
}

/** @param said what PostgreSQL says that it did: `UPDATE 3`, `INSERT 0 1`, `COMMIT` */
function resultOf(said: string, rows: unknown[]): QueryResult {
  const words = said.split(' ');
  return {
    command: words[0]!,
    rowCount: words.length > 1 ? Number(words.at(-1)) : null,
    rows,
    ...{ oid: 0, fields: [] },
  };
}

/**
 * Whether the connection has prepared them all: what is prepared on the way would have to be kept account of, statement
 * by statement, should one of them fail.
 */
export const arePrepared = (client: PoolClient, statements: readonly Statement[]): boolean =>
  statements.every(({ statement }) => typeof statement !== 'string' && isPrepared(client, statement));

const isPrepared = (client: PoolClient, { name, text }: Prepared): boolean =>
  (client as Wired).connection.parsedStatements[name] === text;

/**
 * Whether a batch can have this statement in it. One in words without parameters may be several, which PostgreSQL takes
 * by itself only.
 */
export const canBeBatched = (client: PoolClient, { statement, parameters = [] }: Statement): boolean =>
  typeof statement === 'string' ? parameters.length > 0 : isPrepared(client, statement);

/**
 * Runs statements that can be batched. Answers what PostgreSQL had to say to each, with the rows of those that are awaited.
 * Throws QueryFailedError for the one that failed.
 */
export async function runAsOne(
  client: PoolClient,
  statements: readonly BatchedStatement[],
): Promise<readonly QueryResult[]> {
  let batch: StatementBatch | undefined;
  try {
    return await new Promise((resolve, reject) => {
      batch = new StatementBatch(client as Wired, statements, (failure, results = []) =>
        failure ? reject(failure) : resolve(results),
      );
      client.query(batch);
    });
  } catch (failure) {
    // Made here, the error knows who is waiting; where the answer came in, it would know of the socket only.
    throw failed(batch!.current, failure as Error);
  }
}

/**
 * As `runAsOne`, for statements that are of no concern to each other: answers what PostgreSQL had to say until one
 * failed, and does not tell why.
 */
export function runUntilFailure(
  client: PoolClient,
  statements: readonly BatchedStatement[],
): Promise<readonly QueryResult[]> {
  return new Promise((resolve) => {
    client.query(
      new StatementBatch(client as Wired, statements, (_failure, results = []) => resolve([...results])),
    );
  });
}

/** Runs one statement; the connection prepares it the first time when it has a name. Throws QueryFailedError. */
export async function runStatement<Row extends QueryResultRow>(
  client: PoolClient,
  asked: Statement,
): Promise<QueryResult<Row>> {
  if (canBeBatched(client, asked)) {
    const [answer] = await runAsOne(client, [{ ...asked, isAwaited: true }]);
    return answer as QueryResult<Row>;
  }
  const { statement, parameters = [] } = asked;
  try {
    return await (typeof statement === 'string'
      ? client.query<Row>(statement, [...parameters])
      : client.query<Row>({ name: statement.name, text: statement.text, values: [...parameters] }));
  } catch (failure) {
    throw failed(asked, failure as Error);
  }
}

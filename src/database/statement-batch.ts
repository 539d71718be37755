import { type Connection, type PoolClient, Query, type QueryResult, type QueryResultRow } from 'pg';
import { prepareValue } from 'pg/lib/utils';
import { serialize } from 'pg-protocol';
import { QueryFailedError } from 'typeorm';
import type { Prepared, Statement } from './statement';

/** A statement of a batch: prepared on the connection, or plain text. `isAwaited`: its rows are read. */
export interface BatchedStatement extends Statement {
  readonly isAwaited?: boolean;
}

/** The parts of pg's Connection that are used here. */
interface Wire {
  readonly stream: { write(message: Buffer): void };
  /** The text of each statement that this connection has prepared, by name. */
  readonly parsedStatements: Readonly<Record<string, string | undefined>>;
}
type Wired = PoolClient & { readonly connection: Wire };

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
  readonly format: string;
}

/** Column names and parsers of a statement's rows. They cannot change while it is prepared. */
interface Columns {
  readonly names: readonly string[];
  readonly parsers: readonly ((text: string) => unknown)[];
}

type Ended = (failure: Error | null, results?: readonly QueryResult[]) => void;

/** pg's Query, with the constructor that pg's typings do not declare. */
const PgQuery = Query as unknown as new (
  text: string,
  values: undefined,
  callback: Ended,
) => { readonly callback: Ended };

const NO_COLUMNS: Columns = { names: [], parsers: [] };

/** Columns by name of the statement. A WeakMap, so that they go with their connection. */
const described = new WeakMap<Wire, Map<string, Columns>>();

/** PostgreSQL's name of the unnamed statement, which each plain text replaces. */
const UNNAMED = '';

const SYNC = serialize.sync();
const EXECUTE = serialize.execute();
const DESCRIBE = serialize.describe({ type: 'P' });

/**
 * Sends several statements as one message with one Sync. PostgreSQL runs them in one transaction (or in the open one),
 * answers after the last, which wakes the process once, and after a failure skips the rest. pg would send a Sync and a
 * Describe for each statement, but it sends any Query object itself, hence this subclass.
 *
 * The callback is passed to the constructor, and the batch has no closures that refer to it. With either, V8 kept
 * finished batches alive for several garbage collections, with all their rows and requests: four fifths of what the
 * collector moved on a busy service.
 */
class StatementBatch extends PgQuery {
  private readonly columns: Map<string, Columns>;
  private readonly results: QueryResult[] = [];
  private found: Record<string, unknown>[] = [];

  constructor(
    private readonly client: Wired,
    /** Public for tests that read what is sent. */
    readonly statements: readonly BatchedStatement[],
    /** pg reads `callback`: with a `query_timeout` it calls it for a Query that has not ended. */
    ended: Ended,
  ) {
    super('', undefined, ended);
    this.columns = columnsOn(client.connection);
  }

  /** Sends nothing when a parameter cannot be encoded: pg then fails the query with the returned error. */
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
    // No Describe was sent for it, so its columns are unknown.
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

  /** The statement that PostgreSQL answers now, or that failed. */
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

/** @param said the command tag of PostgreSQL: `UPDATE 3`, `INSERT 0 1`, `COMMIT` */
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
 * Whether the connection has prepared all statements. Preparing within the batch would need to track, statement by
 * statement, which were prepared before one failed.
 */
export const arePrepared = (client: PoolClient, statements: readonly Statement[]): boolean =>
  statements.every(({ statement }) => typeof statement !== 'string' && isPrepared(client, statement));

const isPrepared = (client: PoolClient, { name, text }: Prepared): boolean =>
  (client as Wired).connection.parsedStatements[name] === text;

/**
 * Whether a batch can contain this statement. A plain text without parameters may consist of several statements, which
 * PostgreSQL accepts only in the simple query protocol.
 */
export const canBeBatched = (client: PoolClient, { statement, parameters = [] }: Statement): boolean =>
  typeof statement === 'string' ? parameters.length > 0 : isPrepared(client, statement);

/**
 * Runs statements for which `canBeBatched` holds. Returns a result for each, with rows where `isAwaited`. Throws
 * QueryFailedError for the one that failed.
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
    // Created here, so that the stack trace contains the caller; in the handler it would contain only the socket.
    throw failed(batch!.current, failure as Error);
  }
}

/** As `runAsOne`, for independent statements: returns the results up to the first failure, and does not throw it. */
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

/** Runs one statement; when it has a name, each connection prepares it once. Throws QueryFailedError. */
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

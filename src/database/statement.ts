import type { QueryResult } from 'pg';

/** A statement that each connection prepares once, under its name. For frequent statements. */
export interface Prepared {
  readonly name: string;
  readonly text: string;
  /**
   * Finds few rows by an index, whatever its parameters. Only such a statement may share a message with other reads
   * (SharedReads), because those wait for it.
   */
  readonly isQuick?: boolean;
}

/** A statement and its parameters. */
export interface Statement {
  readonly statement: string | Prepared;
  readonly parameters?: readonly unknown[];
}

/** A statement that is sent with COMMIT; `answered` receives its result. */
export interface Deferred extends Statement {
  readonly answered?: (answer: Promise<QueryResult>) => void;
}

/** A statement to prepare. `name` must be unique in the service. */
export const prepared = (name: string, text: string): Prepared => ({ name, text });

/** As `prepared`, with `isQuick`. */
export const quick = (name: string, text: string): Prepared => ({ name, text, isQuick: true });

export const COMMIT = prepared('commit', 'commit');

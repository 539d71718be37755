import type { QueryResult } from 'pg';

/** A statement that each connection of the pool prepares once, under its name: what is asked all the time. */
export interface Prepared {
  readonly name: string;
  readonly text: string;
  /**
   * Finds a row or a few by an index, whatever the parameters: what others ask in the same moment may wait for it, and
   * share its message.
   */
  readonly isQuick?: boolean;
}

/** A statement with its parameters, ready to be sent. */
export interface Statement {
  readonly statement: string | Prepared;
  readonly parameters?: readonly unknown[];
}

/** A statement that leaves with COMMIT, and whom its answer is for. */
export interface Deferred extends Statement {
  readonly answered?: (answer: Promise<QueryResult>) => void;
}

/** Names a statement, to be prepared. The name stands for this text and no other, over the whole service. */
export const prepared = (name: string, text: string): Prepared => ({ name, text });

/** As `prepared`, for a quick one. */
export const quick = (name: string, text: string): Prepared => ({ name, text, isQuick: true });

export const COMMIT = prepared('commit', 'commit');

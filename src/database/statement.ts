import type { QueryResult } from 'pg';

/** A statement that each connection of the pool prepares once, under its name: what is asked all the time. */
export interface Prepared {
  readonly name: string;
  readonly text: string;
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

export const COMMIT = prepared('commit', 'commit');

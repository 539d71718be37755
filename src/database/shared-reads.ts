import type { PoolClient, QueryResult } from 'pg';
import { TransactionOver } from './transaction-over';
import { arePrepared, runAsOne, runUntilFailure, type BatchedStatement } from './statement-batch';

/** Reads per message, at most: PostgreSQL runs them one after the other. */
const MOST_TOGETHER = 8;

/** Milliseconds. A slower message delays other readers, possibly those of another workspace. */
const TOO_LONG = 250;
/** Milliseconds without sharing after a slow message. */
const APART = 5_000;

/**
 * A reader's connection. Other readers may use it while no transaction is open on it, because their statements would
 * become part of that.
 */
interface Way {
  readonly client: PoolClient;
  readonly begun: boolean;
  /** Whether the connection has gone back to the pool; its next user may have opened a transaction. */
  readonly isOver: boolean;
}

interface Reader {
  readonly way: Way;
  /** The statements that set the workspace. */
  readonly entry: readonly BatchedStatement[];
  readonly batched: BatchedStatement;
  readonly answer: (answer: QueryResult | Promise<QueryResult>) => void;
}

/**
 * Sends the reads of one turn of the event loop as one message, on the connection of the first reader: a message costs
 * both sides more than a quick statement. Each read follows the statements that set its workspace, and PostgreSQL
 * skips the rest of the message after a failure, so no read can run in another workspace. Reads that got no answer are
 * sent again, each by itself. After a message slower than TOO_LONG, all reads are sent one by one for a while.
 */
export class SharedReads {
  private readers: Reader[] = [];
  private apartUntil = 0;

  /** Runs `entry` and then `batched`, and returns the result of `batched`. Throws as `runAsOne` does. */
  read(way: Way, entry: readonly BatchedStatement[], batched: BatchedStatement): Promise<QueryResult> {
    return new Promise((answer) => {
      this.readers.push({ way, entry, batched, answer });
      // Runs after all code of this turn that may add further reads.
      if (this.readers.length === 1) process.nextTick(this.leave);
    });
  }

  private readonly leave = (): void => {
    const { readers } = this;
    this.readers = [];
    const most = performance.now() < this.apartUntil ? 1 : MOST_TOGETHER;
    for (let at = 0; at < readers.length; at += most) void this.readTogether(readers.slice(at, at + most));
  };

  private async readTogether(readers: readonly Reader[]): Promise<void> {
    const free = readers.filter(({ way }) => !way.begun && !way.isOver);
    const { client } = (free[0] ?? readers[0]!).way;
    const together = free.filter(({ entry, batched }) => arePrepared(client, [...entry, batched]));
    for (const reader of readers) if (!together.includes(reader)) readAlone(reader);
    if (together.length < 2) return together.forEach(readAlone);

    const begun = performance.now();
    const parts = together.map(({ entry, batched }, at) =>
      at > 0 && isSame(entry, together[at - 1]!.entry) ? [batched] : [...entry, batched],
    );
    const answers = await runUntilFailure(client, parts.flat());
    if (performance.now() - begun > TOO_LONG) this.apartUntil = performance.now() + APART;
    let answered = 0;
    for (const [at, reader] of together.entries()) {
      const mine = answers[(answered += parts[at]!.length) - 1];
      if (mine) reader.answer(mine);
      else readAlone(reader);
    }
  }
}

/** Whether the previous read of the message has set the same workspace already. */
const isSame = (entry: readonly BatchedStatement[], before: readonly BatchedStatement[]): boolean =>
  entry.every(
    ({ statement, parameters = [] }, at) =>
      statement === before[at]?.statement &&
      parameters.every((parameter, place) => parameter === before[at]?.parameters?.[place]),
  ) && entry.length === before.length;

function readAlone(reader: Reader): void {
  reader.answer(askAlone(reader));
}

/**
 * Throws TransactionOver when the reader's connection has gone back to the pool, because the reader did not wait for
 * the answer.
 */
async function askAlone({ way, entry, batched }: Reader): Promise<QueryResult> {
  if (way.isOver) throw new TransactionOver();
  return (await runAsOne(way.client, [...entry, batched])).at(-1)!;
}

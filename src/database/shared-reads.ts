import type { PoolClient, QueryResult } from 'pg';
import { TransactionOver } from './transaction-over';
import { arePrepared, runAsOne, runUntilFailure, type BatchedStatement } from './statement-batch';

/** So many readers share a message: PostgreSQL is at them one after the other. */
const MOST_TOGETHER = 8;

/** Milliseconds. A message that took longer held somebody up, who may be of another workspace. */
const TOO_LONG = 250;
/** Milliseconds for which everybody asks alone after that. */
const APART = 5_000;

/** Whose connection others may ask on, as long as it is in no transaction: that would be theirs, too. */
interface Way {
  readonly client: PoolClient;
  readonly begun: boolean;
  /** Whether the connection serves somebody else by now, who may be in a transaction. */
  readonly isOver: boolean;
}

interface Reader {
  readonly way: Way;
  /** What enters the workspace. */
  readonly entry: readonly BatchedStatement[];
  readonly batched: BatchedStatement;
  readonly answer: (answer: QueryResult | Promise<QueryResult>) => void;
}

/**
 * Sends what several readers ask in one turn of the event loop as one message, on the connection of the first: whoever
 * is recognised together asks together, and a message costs both sides more than a quick statement does. Behind what
 * enters a workspace comes the statement that is to see it, and one that fails keeps all after it from being run: none
 * ever runs in another's workspace. Who got no answer asks alone, and for a while everybody does once a statement proves
 * not to be quick.
 */
export class SharedReads {
  private readers: Reader[] = [];
  private apartUntil = 0;

  /** Answers what `batched` brings behind `entry`, and throws as `runAsOne` does. */
  read(way: Way, entry: readonly BatchedStatement[], batched: BatchedStatement): Promise<QueryResult> {
    return new Promise((answer) => {
      this.readers.push({ way, entry, batched, answer });
      // Comes once everything has run that the turn set off.
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

/** Whoever comes second into a workspace is there already. */
const isSame = (entry: readonly BatchedStatement[], before: readonly BatchedStatement[]): boolean =>
  entry.every(
    ({ statement, parameters = [] }, at) =>
      statement === before[at]?.statement &&
      parameters.every((parameter, place) => parameter === before[at]?.parameters?.[place]),
  ) && entry.length === before.length;

function readAlone(reader: Reader): void {
  reader.answer(askAlone(reader));
}

/** Whoever did not wait for the answer may have let go of the connection by now. */
async function askAlone({ way, entry, batched }: Reader): Promise<QueryResult> {
  if (way.isOver) throw new TransactionOver();
  return (await runAsOne(way.client, [...entry, batched])).at(-1)!;
}

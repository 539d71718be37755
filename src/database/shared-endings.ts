import { BatchPerWorkspace } from './batch-per-workspace';
import type { Statement } from './statement';
import { TickBatch } from './tick-batch';
import { isCommitUncertain } from './commit-uncertain';

/** The last statements of a transaction, and what follows when they stand. */
export interface LastStatements {
  readonly statements: readonly Statement[];
  committed?(): void;
}

/** Makes last statements out of what a transaction, or several at once, gathered for it in this workspace. */
export type Ending<Item> = (workspaceId: string, items: readonly Item[]) => LastStatements;

/** What a transaction leaves to its end. */
export interface Gathered<Item = unknown> {
  readonly ending: Ending<Item>;
  readonly items: readonly Item[];
}

interface Place {
  readonly number: number;
  readonly left: Gathered;
}

interface Outcome {
  readonly failure?: Error;
}

const MOST_AT_ONCE = 64;

/**
 * Transactions that ask nothing of the database and only leave something at their end, such as a refusal on record,
 * share a transaction with others of their workspace that end at the same time. Nobody waits for others to come: who
 * finds nothing under way leaves with its turn. When a shared transaction fails nothing of it stands, and each has one of
 * its own, so that nobody's failure is another's.
 */
export class SharedEndings {
  private readonly batches: BatchPerWorkspace<Place, Outcome>;
  private number = 0;

  /** @param commit runs an ending in a transaction of this workspace, and ends when it stands */
  constructor(private readonly commit: (workspaceId: string, left: Gathered) => Promise<void>) {
    const nameOf = ({ number }: Place): string => String(number);
    this.batches = new BatchPerWorkspace((workspaceId) => {
      const commitAll = (all: Place[]): Promise<Outcome[]> =>
        this.commitAll(
          workspaceId,
          all.map(({ left }) => left),
        );
      return new TickBatch(nameOf, commitAll, 2, MOST_AT_ONCE);
    });
  }

  /** Ends when it is committed. Throws when it could not be. */
  async end(workspaceId: string, left: Gathered): Promise<void> {
    const outcome = await this.batches.find(workspaceId, { number: (this.number += 1), left });
    if (outcome!.failure) throw outcome!.failure;
  }

  private async commitAll(workspaceId: string, all: readonly Gathered[]): Promise<Outcome[]> {
    const [first] = all;
    const alike = all.every(({ ending }) => ending === first!.ending);
    if (all.length > 1 && alike) {
      const items = all.flatMap((one) => one.items);
      const shared = await outcomeOf(this.commit(workspaceId, { ending: first!.ending, items }));
      // Tried again, what did stand would stand twice.
      if (!shared.failure || isCommitUncertain(shared.failure)) return all.map(() => shared);
    }
    return Promise.all(all.map((one) => outcomeOf(this.commit(workspaceId, one))));
  }
}

async function outcomeOf(work: Promise<void>): Promise<Outcome> {
  try {
    await work;
    return {};
  } catch (failure) {
    return { failure: failure as Error };
  }
}

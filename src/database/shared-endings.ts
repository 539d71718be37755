import { BatchPerWorkspace } from './batch-per-workspace';
import type { Statement } from './statement';
import { TickBatch } from './tick-batch';
import { isCommitUncertain } from './commit-uncertain';

/** The last statements of a transaction; `committed` is called after its commit. */
export interface LastStatements {
  readonly statements: readonly Statement[];
  committed?(): void;
}

/**
 * Makes the last statements from the items that one transaction, or several that share a commit, gathered in this
 * workspace.
 */
export type Ending<Item> = (workspaceId: string, items: readonly Item[]) => LastStatements;

/** The ending of a transaction and the items gathered for it. */
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
 * Commits several transactions of a workspace as one, when each consists only of such an ending, for example of an
 * audit entry about a refusal. Those that end in the same turn of the event loop are committed together, and those
 * that end while two commits are under way, with the next. When the shared transaction fails, each ending is committed
 * by itself, so that one failure does not affect the others.
 */
export class SharedEndings {
  private readonly batches: BatchPerWorkspace<Place, Outcome>;
  private number = 0;

  /** @param commit runs an ending in a transaction of this workspace and resolves after its commit */
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

  /** Resolves after the commit. Throws when it failed. */
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
      // The shared commit may have succeeded: a second attempt could write the items twice.
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

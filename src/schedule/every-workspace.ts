import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../database/database';

const PAGE = 200;

/** How jobs reach all workspaces: one after the other, each on its own. */
@Injectable()
export class EveryWorkspace {
  private readonly log = new Logger('Schedule');

  constructor(private readonly database: Database) {}

  /**
   * Runs `work` for each workspace, in one short transaction each. Where it fails the others still have their turn,
   * and in the end this throws, saying in how many it failed. Ends early when `stopping` says so.
   */
  inEach(work: () => Promise<void>, stopping: AbortSignal): Promise<void> {
    return this.each((id) => this.database.inWorkspace(id, work), stopping);
  }

  /** As inEach, outside of a transaction: for work that waits for somebody else's server. */
  async each(work: (workspaceId: string) => Promise<void>, stopping: AbortSignal): Promise<void> {
    let failures = 0;
    for await (const id of this.ids()) {
      if (stopping.aborted) return;
      try {
        await work(id);
      } catch (failure) {
        failures += 1;
        const text = failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
        this.log.error(`A job failed in the workspace ${id}: ${text}`);
      }
    }
    if (failures > 0) throw new Error(`It failed in ${failures} workspaces; the log says why.`);
  }

  private async *ids(): AsyncGenerator<string> {
    let last = '00000000-0000-0000-0000-000000000000';
    for (;;) {
      const page = await this.database.lookUp<{ id: string }>(
        'page_of_workspaces',
        'select id from workspaces where id > $1 order by id limit $2',
        [last, PAGE],
      );
      for (const { id } of page) yield id;
      if (page.length < PAGE) return;
      last = page.at(-1)!.id;
    }
  }
}

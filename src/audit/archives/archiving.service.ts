import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DAY_MS, DAY_SECONDS } from '../../config/durations';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { EveryWorkspace } from '../../schedule/every-workspace';
import { Schedule } from '../../schedule/schedule';
import { ArchiveWriter } from './archive-writer.service';
import { ArchiveStore } from './archive-store.service';

/**
 * Takes old entries out of the database, once they are in a file that proves itself. Each step stands by itself: a
 * file is whole before its row, the row and its event are committed before an entry leaves, and whatever a crash
 * leaves undone the next run finishes.
 */
@Injectable()
export class Archiving implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly store: ArchiveStore,
    private readonly writer: ArchiveWriter,
    private readonly schedule: Schedule,
    private readonly everyWorkspace: EveryWorkspace,
  ) {}

  onModuleInit(): void {
    this.schedule.every('archive_audit_events', DAY_SECONDS, (now, stopping) =>
      this.everyWorkspace.each((id) => this.archive(id, now, stopping), stopping),
    );
  }

  /** Archives whatever the policy of the workspace says. Outside of a transaction. */
  async archive(workspaceId: string, now: Date, stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      const days = await this.database.inWorkspace(workspaceId, () => this.store.retentionDays());
      if (days === null) return;
      const olderThan = new Date(now.getTime() - days * DAY_MS);
      await this.empty(workspaceId, olderThan, stopping);
      const range = await this.database.inWorkspace(workspaceId, () => this.store.nextRange(olderThan));
      if (!range) return;
      await this.writer.write(workspaceId, uuidV7(), range);
    }
  }

  /**
   * Takes out what is in archives, as long as their files are whole. What the policy keeps for longer by now stays: it
   * was written under another one.
   */
  private async empty(workspaceId: string, olderThan: Date, stopping: AbortSignal): Promise<void> {
    for (const archive of await this.database.inWorkspace(workspaceId, () => this.store.full(olderThan))) {
      await this.writer.refuseBroken(archive);
      for (let removed = 1; removed > 0;) {
        if (stopping.aborted) return;
        removed = await this.database.inWorkspace(workspaceId, () => this.store.removeSome(archive));
      }
      await this.database.inWorkspace(workspaceId, () => this.store.emptied(archive.id));
    }
  }
}

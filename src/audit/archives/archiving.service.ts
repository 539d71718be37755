import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DAY_MS, DAY_SECONDS } from '../../config/durations';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { EveryWorkspace } from '../../schedule/every-workspace';
import { Schedule } from '../../schedule/schedule';
import { ArchiveWriter } from './archive-writer.service';
import { ArchiveStore } from './archive-store.service';

/**
 * Moves old entries from the database to verifiable archive files. After a crash the next run continues: the file is
 * complete before its table row is written, and the row and its audit event are committed before entries are deleted.
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

  /** Archives the entries that are older than the policy of the workspace allows. Runs outside a transaction. */
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
   * Deletes archived entries whose file is intact. Skips archives that a policy changed meanwhile keeps in the
   * database for longer.
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

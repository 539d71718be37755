import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database';
import { Problem } from '../../http/problems';
import { EveryWorkspace } from '../../schedule/every-workspace';
import { Schedule } from '../../schedule/schedule';
import { ProviderRefresh } from './provider-refresh.service';
import { RefreshRecords } from './refresh-records.service';

/** How often it is looked which providers are due; each of them is less often. */
const EVERY_SECONDS = 1_800;

/** Asks every provider again when it is time. */
@Injectable()
export class RefreshJob implements OnModuleInit {
  constructor(
    private readonly schedule: Schedule,
    private readonly workspaces: EveryWorkspace,
    private readonly database: Database,
    private readonly records: RefreshRecords,
    private readonly refresh: ProviderRefresh,
  ) {}

  onModuleInit(): void {
    this.schedule.every('sso.refresh_providers', EVERY_SECONDS, (now, stopping) =>
      this.workspaces.each((id) => this.refreshDue(id, now, stopping), stopping),
    );
  }

  private async refreshDue(workspaceId: string, now: Date, stopping: AbortSignal): Promise<void> {
    const due = await this.database.inWorkspace(workspaceId, () => this.records.due(now));
    for (const id of due) {
      if (stopping.aborted) return;
      try {
        await this.refresh.refresh({ id, workspaceId }, undefined, now);
      } catch (failure) {
        // Recorded already, and shown with the connection.
        if (!(failure instanceof Problem)) throw failure;
      }
    }
  }
}

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { EveryWorkspace } from '../../schedule/every-workspace';
import { Schedule } from '../../schedule/schedule';
import { LargeChangeRunner } from './large-change-runner.service';

const EVERY_SECONDS = 120;
/** So long the job stays in one workspace: others have their turn. */
const STAY_MS = 60_000;

/** Goes on with large changes whose instance crashed, was stopped or gave up. */
@Injectable()
export class LargeChangeJob implements OnModuleInit {
  constructor(
    private readonly schedule: Schedule,
    private readonly workspaces: EveryWorkspace,
    private readonly runner: LargeChangeRunner,
  ) {}

  onModuleInit(): void {
    this.schedule.every('members.finish_large_changes', EVERY_SECONDS, (_now, stopping) =>
      this.workspaces.each((id) => this.runner.finish(id, stopping, STAY_MS), stopping),
    );
  }
}

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { EveryWorkspace } from '../../schedule/every-workspace';
import { Schedule } from '../../schedule/schedule';
import { LargeChangeRunner } from './large-change-runner.service';

const EVERY_SECONDS = 120;
/** How long one run of the job stays in one workspace before others have their turn. */
const STAY_MS = 60_000;

/** Continues large changes whose instance crashed, stopped or gave up. */
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

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database';
import { EveryWorkspace } from '../../schedule/every-workspace';
import { Schedule } from '../../schedule/schedule';

const QUARTER_OF_AN_HOUR = 900;
/** Fewer rows than this are summed up as fast as one. */
const WORTH_FOLDING = 16;
const MOST_AT_ONCE = 500;

/** Folds what writers left unfolded, so that reading a number stays one small step where nobody writes any more. */
@Injectable()
export class TallyFolding implements OnModuleInit {
  constructor(
    private readonly schedule: Schedule,
    private readonly workspaces: EveryWorkspace,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.schedule.every('members.fold_tallies', QUARTER_OF_AN_HOUR, (_now, stopping) =>
      this.workspaces.inEach(() => this.fold(), stopping),
    );
  }

  private async fold(): Promise<void> {
    await this.database.query(
      `select fold_tally(workspace_id, kind, subject)
         from (select workspace_id, kind, subject from tallies group by 1, 2, 3
               having count(*) >= $1 order by count(*) desc limit $2) unfolded`,
      [WORTH_FOLDING, MOST_AT_ONCE],
    );
  }
}

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database';
import { EveryWorkspace } from '../../schedule/every-workspace';
import { Schedule } from '../../schedule/schedule';

const DAY = 86_400;

/** An invitation names somebody by their address: a year after it was accepted, revoked or ran out nobody asks for it. */
const FORGET = `
  delete from invitations where coalesce(accepted_at, revoked_at, expires_at) < now() - interval '1 year'`;

/** Takes away invitations that have long been over. The audit log still has them. */
@Injectable()
export class InvitationRetention implements OnModuleInit {
  constructor(
    private readonly schedule: Schedule,
    private readonly workspaces: EveryWorkspace,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.schedule.every('members.forget_invitations', DAY, (_now, stopping) =>
      this.workspaces.inEach(async () => void (await this.database.query(FORGET)), stopping),
    );
  }
}

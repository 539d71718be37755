import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail';
import { Database } from '../database/database';
import { AdminMail } from '../mail/admin-mail';
import { EveryWorkspace } from '../schedule/every-workspace';
import { restoreNotice } from './restore-notice';

export interface SetBack {
  readonly workspaces: number;
  readonly sessionsEnded: number;
}

/**
 * What follows a restore of the database from a backup. Sessions that were ended since the backup would be alive again,
 * and people who were removed would be members: so all sessions end, and the admins hear what they have to look through.
 */
@Injectable()
export class BackupRestore {
  constructor(
    private readonly database: Database,
    private readonly workspaces: EveryWorkspace,
    private readonly trail: AuditTrail,
    private readonly mail: AdminMail,
  ) {}

  /** Every workspace in a transaction of its own; run again, it goes on where it failed and tells nobody twice. */
  async settle(): Promise<SetBack> {
    const done = { workspaces: 0, sessionsEnded: 0 };
    await this.workspaces.inEach(async () => {
      const newest = await this.newestEvent();
      if (newest?.type === 'workspace.state_restored') return;
      done.sessionsEnded += await this.settleWorkspace(newest?.time);
      done.workspaces += 1;
    }, new AbortController().signal);
    return done;
  }

  private async settleWorkspace(asOf: Date | undefined): Promise<number> {
    const ended = await this.database.query(
      `update sessions set ended_at = now(), end_reason = 'restored' where ended_at is null returning id`,
    );
    this.trail.record({
      type: 'workspace.state_restored',
      target: { type: 'workspace', id: this.database.workspaceId },
      data: { asOf: asOf?.toISOString() ?? null, sessionsEnded: ended.length },
    });
    await this.mail.send(restoreNotice(asOf));
    return ended.length;
  }

  /** The backup knows nothing that came later. */
  private async newestEvent(): Promise<{ type: string; time: Date } | undefined> {
    const [event] = await this.database.query<{ type: string; time: Date }>(
      'select type, time from audit_events order by id desc limit 1',
    );
    return event;
  }
}

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail';
import { DAY_SECONDS } from '../config/durations';
import { AdminMail } from '../mail/admin-mail';
import { EveryWorkspace } from '../schedule/every-workspace';
import { Schedule } from '../schedule/schedule';
import { Expiries } from './expiries';

/** Tells the admins in time what is about to end: one mail a day at most, each thing once per step. */
@Injectable()
export class ExpiryNotices implements OnModuleInit {
  constructor(
    private readonly schedule: Schedule,
    private readonly workspaces: EveryWorkspace,
    private readonly expiries: Expiries,
    private readonly mail: AdminMail,
    private readonly trail: AuditTrail,
  ) {}

  onModuleInit(): void {
    this.schedule.every('sso.announce_expiries', DAY_SECONDS, (now, stopping) =>
      this.workspaces.inEach(() => this.announce(now), stopping),
    );
  }

  /** In the workspace in flight. */
  private async announce(now: Date): Promise<void> {
    await this.mail.forgetOld(now);
    const items = (await this.expiries.items(now)).filter(({ noticeKey }) => noticeKey !== undefined);
    const untold = new Set(await this.mail.untold(items.map(({ noticeKey }) => noticeKey!)));
    const due = items.filter(({ noticeKey }) => untold.has(noticeKey!));
    if (due.length === 0) return;

    const [first] = due;
    await this.mail.send({
      subject:
        due.length === 1 ? first!.message.replace(/\.$/, '') : `${due.length} things need your attention`,
      paragraphs: ['Sign-ins and provisioning of this workspace depend on the following.'],
      items: due.map(({ message, action }) => `${message} ${action}`),
      tells: [...untold],
    });
    this.trail.record({
      type: 'sso.expiry_announced',
      actor: { type: 'system', id: null },
      data: {
        items: due.map(({ kind, subject, expiresAt, daysLeft }) => ({
          ...{ kind, type: subject.type, id: subject.id, name: subject.name, daysLeft },
          expiresAt: expiresAt?.toISOString() ?? null,
        })),
      },
    });
  }
}

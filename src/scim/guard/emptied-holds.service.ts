import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { EveryWorkspace } from '../../schedule/every-workspace';
import { Schedule } from '../../schedule/schedule';

const EVERY_SECONDS = 900;

/**
 * Ends bursts of which nobody is left. Each in a transaction of its own, after that which took the last one back: whoever
 * approves a burst holds it and waits for its members. Where an instance dies between the two, or the last ones left the
 * workspace by another way, a job does it.
 */
@Injectable()
export class EmptiedHolds implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly schedule: Schedule,
    private readonly workspaces: EveryWorkspace,
  ) {}

  onModuleInit(): void {
    this.schedule.every('scim.end_emptied_holds', EVERY_SECONDS, (_now, stopping) =>
      this.workspaces.inEach(() => this.endIfNobodyWaits(), stopping),
    );
  }

  /** In the workspace in flight, of which one burst at most is open; the named one, or whichever that is. */
  async endIfNobodyWaits(holdId?: string): Promise<void> {
    const empty = `decided_at is null and not exists (
      select from scim_held_changes c join members m on m.id = c.member_id
       where c.hold_id = h.id and m.removed_at is null)`;
    const [held] = await this.database.query<{ id: string }>(
      `select id from scim_holds h where ($1::uuid is null or id = $1) and ${empty} for update`,
      [holdId ?? null],
    );
    if (!held) return;
    // Asked again: whoever was being added shared the hold until this moment.
    const [ended] = await this.database.query<{ id: string; reason: string }>(
      `update scim_holds h
          set decision = 'ended', decided_at = now(),
              end_reason = case when exists (select from scim_held_changes c where c.hold_id = h.id)
                                then 'everybody_left' else 'taken_back' end
        where id = $1 and ${empty} returning id, end_reason as reason`,
      [held.id],
    );
    if (!ended) return;
    const { id, reason } = ended;
    const data = { reason, heldMembers: 0 };
    this.trail.record({ type: 'scim.hold_ended', target: { type: 'scim_hold', id }, data });
  }
}

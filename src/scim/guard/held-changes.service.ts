import { Injectable } from '@nestjs/common';
import { actorInFlight, AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { AdminMail } from '../../mail/admin-mail';
import type { DirectoryMember } from '../../members/member-directory.service';
import { EmptiedHolds } from './emptied-holds.service';

/** What the breaker saw when it judged one deactivation. */
export interface Judgement {
  readonly verdict: 'go' | 'held' | 'rejected';
  readonly deactivated: number;
  readonly population: number;
  readonly members: number;
  readonly percent: number;
  readonly windowMinutes: number;
}

/** Where deactivations are written down that wait for an admin. */
@Injectable()
export class HeldChanges {
  constructor(
    private readonly database: Database,
    private readonly mail: AdminMail,
    private readonly trail: AuditTrail,
    private readonly emptied: EmptiedHolds,
  ) {}

  /** Adds a member to the open burst, once; begins one, of which all admins hear, when there is none. */
  async keep(
    member: Pick<DirectoryMember, 'id' | 'userName'>,
    { deletes, judgement }: { deletes: boolean; judgement: Judgement },
  ): Promise<void> {
    const { deactivated, population, members, percent, windowMinutes } = judgement;
    const [begun] = await this.database.query<{ id: string }>(
      `insert into scim_holds (deactivated, population, members, percent, window_minutes) values ($1, $2, $3, $4, $5)
       on conflict (workspace_id) where decided_at is null do nothing returning id`,
      [deactivated, population, members, percent, windowMinutes],
    );
    const [open] = await this.database.query<{ id: string }>(
      'select id from scim_holds where decided_at is null for share',
    );
    // Decided this very moment: the next attempt is judged anew.
    if (!open) return;
    const [kept] = await this.database.query<{ fresh: boolean }>(
      `insert into scim_held_changes (hold_id, member_id, deletes, directory_id) values ($1, $2, $3, $4)
       on conflict (workspace_id, hold_id, member_id) do update
          set attempts = scim_held_changes.attempts + 1, last_at = now(),
              deletes = scim_held_changes.deletes or excluded.deletes
       returning xmax = 0 as fresh`,
      [open.id, member.id, deletes, actorInFlight().id],
    );
    if (begun) await this.announce(begun.id, judgement);
    if (!kept!.fresh) return;
    this.trail.record({
      type: 'scim.deactivation_held',
      target: { type: 'member', id: member.id },
      data: { userName: member.userName, holdId: open.id, deletes },
    });
  }

  /** The directory says again what an admin has said no to: that is what it wants now, whatever it took back in between. */
  async renew({ id }: Pick<DirectoryMember, 'id'>, { deletes }: { deletes: boolean }): Promise<void> {
    await this.database.query(
      `update scim_held_changes c
          set attempts = c.attempts + 1, last_at = now(), taken_back_at = null,
              deletes = (c.deletes and c.taken_back_at is null) or $2
         from scim_holds h
        where c.member_id = $1 and h.id = c.hold_id
          and h.decision = 'rejected' and h.decided_at > now() - interval '7 days'`,
      [id, deletes],
    );
  }

  /**
   * The directory says that this member is active: what it wanted before, and what still waits, is off. A burst of which
   * nothing is left ends. What an admin said no to stays, because that goes on for some days, but approving it after all
   * leaves this member. Answers whether there was anything. The caller holds the member's row.
   */
  async takeBack({ id, userName }: Pick<DirectoryMember, 'id' | 'userName'>): Promise<boolean> {
    const taken = await this.database.query<{ holdId: string }>(
      `with waiting as (
         delete from scim_held_changes c using scim_holds h
          where c.member_id = $1 and h.id = c.hold_id
            and (h.decided_at is null
                 or exists (select from large_changes l
                             where l.subject_id = h.id and l.ended_at is null and c.id > l.after_id))
         returning h.id),
       rejected as (
         update scim_held_changes c set taken_back_at = now() from scim_holds h
          where c.member_id = $1 and c.taken_back_at is null and h.id = c.hold_id and h.decision = 'rejected'
         returning h.id)
       select id as "holdId" from waiting union all select id from rejected`,
      [id],
    );
    const { workspaceId } = this.database;
    for (const { holdId } of taken) {
      this.trail.record({
        type: 'scim.deactivation_taken_back',
        target: { type: 'member', id },
        data: { userName, holdId },
      });
      this.database.afterCommit(() =>
        this.database.inWorkspace(workspaceId, () => this.emptied.endIfNobodyWaits(holdId)),
      );
    }
    return taken.length > 0;
  }

  private async announce(id: string, { verdict: _, ...seen }: Judgement): Promise<void> {
    this.trail.record({ type: 'scim.mass_change_held', target: { type: 'scim_hold', id }, data: seen });
    await this.mail.send({
      subject: 'A directory wants to deactivate many members at once',
      paragraphs: [
        `The directory deactivated ${seen.deactivated} of ${seen.population} members within ` +
          `${seen.windowMinutes} minutes and wants to go on. That is more than the policy of the workspace lets pass ` +
          `(${seen.members} members and ${seen.percent} %), so the rest waits for an admin; everything else that ` +
          'the directory says is done.',
        'Look at who is concerned (GET /v1/scim/holds) and approve or reject it. Until then they stay active.',
      ],
      key: `scim.hold:${id}`,
    });
  }
}

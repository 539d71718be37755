import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { decodeCursor, type PageQuery } from '../../http/page';
import { Conflict, NotFound } from '../../http/problems';
import { Departures } from '../departure/departures.service';
import { shownNameIn } from '../../members/shown-name';
import { ApprovedDepartures } from './approved-departures.service';
import type { Judgement } from './held-changes.service';

/** A burst of deactivations that waits, or waited, for an admin. */
export interface Hold extends Omit<Judgement, 'verdict'> {
  readonly id: string;
  readonly openedAt: Date;
  readonly decision: 'approved' | 'rejected' | 'ended' | null;
  /** Why it ended undecided. */
  readonly endReason: 'directory_switched_off' | 'taken_back' | 'everybody_left' | null;
  readonly decidedAt: Date | null;
  readonly decidedBy: string | null;
  readonly heldMembers: number;
  /** What of an approval still goes on in pieces. */
  readonly largeChangeId: string | null;
}

/** What waits: one member of a burst. */
export interface HeldChange {
  readonly id: string;
  readonly memberId: string;
  readonly email: string;
  readonly displayName: string | null;
  readonly deletes: boolean;
  readonly directoryId: string | null;
  readonly attempts: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** When the directory said, after an admin's no, that this member is active after all. */
  readonly takenBackAt: Date | null;
}

/** Whoever left by another way waits for nobody's decision. Of one that is decided, everybody counts who did. */
const CONCERNS = `(h.decided_at is not null
  or exists (select from members waiting where waiting.id = c.member_id and waiting.removed_at is null))`;
const HOLD = `
  h.id, h.opened_at as "openedAt", h.deactivated, h.population, h.members, h.percent,
  h.window_minutes as "windowMinutes", h.decision, h.decided_at as "decidedAt", h.decided_by as "decidedBy",
  h.end_reason as "endReason",
  (select l.id from large_changes l where l.subject_id = h.id and l.ended_at is null) as "largeChangeId",
  (select count(*)::int from scim_held_changes c
    where c.hold_id = h.id and c.taken_back_at is null and ${CONCERNS}) as "heldMembers"`;

/** Deactivations that wait for an admin, in bursts: one burst is open at a time, and is decided as a whole. */
@Injectable()
export class Holds {
  constructor(
    private readonly database: Database,
    private readonly departures: Departures,
    private readonly approved: ApprovedDepartures,
    private readonly trail: AuditTrail,
  ) {}

  /** Newest first; one more than the page holds. */
  list({ limit, cursor }: PageQuery): Promise<Hold[]> {
    return this.database.query<Hold>(
      `select ${HOLD} from scim_holds h where ($1::uuid is null or h.id < $1) order by h.id desc limit $2`,
      [cursor === undefined ? null : decodeCursor(cursor), limit + 1],
    );
  }

  /** Throws NotFound. */
  async get(id: string): Promise<Hold> {
    const [hold] = await this.database.query<Hold>(`select ${HOLD} from scim_holds h where h.id = $1`, [id]);
    if (!hold) throw new NotFound('Hold');
    return hold;
  }

  /** Whom the directory wanted to deactivate, in the order in which it first did. Throws NotFound. */
  async changesOf(id: string, { limit, cursor }: PageQuery): Promise<HeldChange[]> {
    await this.get(id);
    return this.database.query<HeldChange>(
      `select c.id, c.member_id as "memberId", m.email, ${shownNameIn('m')} as "displayName", c.deletes,
              c.directory_id as "directoryId", c.attempts, c.first_at as "firstAt", c.last_at as "lastAt",
              c.taken_back_at as "takenBackAt"
         from scim_held_changes c join members m on m.id = c.member_id join scim_holds h on h.id = c.hold_id
        where c.hold_id = $1 and ${CONCERNS} and ($2::uuid is null or c.id > $2) order by c.id limit $3`,
      [id, cursor === undefined ? null : decodeCursor(cursor), limit + 1],
    );
  }

  /**
   * Does all that was held by the one way out, in one go, or, when those are very many, with admins at once and everybody
   * else in pieces; what the directory says of them later is then so already. A burst that was rejected can still be
   * approved, but not by whoever was shown so many as waiting. Throws NotFound, 409 `last_admin`, `hold_decided`, and
   * `hold_grown` for more than were shown.
   */
  async approve(admin: UserPrincipal, id: string, shown?: number): Promise<Hold> {
    await this.departures.prepareToEndHeld();
    const { decision, endReason } = await this.lock(id);
    if (decision === 'approved') {
      this.trail.nothingChanged();
      return this.get(id);
    }
    if (decision === 'ended') throw isOver(endReason);
    if (shown !== undefined) refuseUnseen(await this.get(id), shown);
    await this.decide(admin, id, 'approved');
    const { ended, underWay } = await this.approved.carryOut(id);
    this.record('scim.hold_approved', id, {
      deactivated: ended,
      ...(underWay && { largeChangeId: underWay.id }),
    });
    return this.get(id);
  }

  /** Drops what was held: for some days the directory is refused when it says so again. Throws NotFound, 409. */
  async reject(admin: UserPrincipal, id: string): Promise<Hold> {
    const { decision, endReason } = await this.lock(id);
    if (decision === 'approved')
      throw new Conflict('hold_decided', 'These deactivations were approved and done.');
    if (decision === 'ended') throw isOver(endReason);
    if (decision === 'rejected') {
      this.trail.nothingChanged();
      return this.get(id);
    }
    await this.decide(admin, id, 'rejected');
    const hold = await this.get(id);
    this.record('scim.hold_rejected', id, { heldMembers: hold.heldMembers });
    return hold;
  }

  /** Ends the burst that waits, if one does: those who waited stay, and nobody asks for them any more. */
  async endOpen(reason: NonNullable<Hold['endReason']>): Promise<void> {
    const [ended] = await this.database.query<{ id: string; heldMembers: number }>(
      `update scim_holds h set decision = 'ended', decided_at = now(), end_reason = $1 where decided_at is null
       returning id, (select count(*)::int from scim_held_changes c where c.hold_id = h.id) as "heldMembers"`,
      [reason],
    );
    if (ended) this.record('scim.hold_ended', ended.id, { reason, heldMembers: ended.heldMembers });
  }

  private async lock(id: string): Promise<Pick<Hold, 'decision' | 'endReason'>> {
    const [hold] = await this.database.query<Hold>(
      'select decision, end_reason as "endReason" from scim_holds where id = $1 for update',
      [id],
    );
    if (!hold) throw new NotFound('Hold');
    return hold;
  }

  private async decide(admin: UserPrincipal, id: string, decision: 'approved' | 'rejected'): Promise<void> {
    await this.database.query(
      'update scim_holds set decision = $2, decided_at = now(), decided_by = $3 where id = $1',
      [id, decision, admin.memberId],
    );
  }

  private record(
    type: 'scim.hold_approved' | 'scim.hold_rejected' | 'scim.hold_ended',
    id: string,
    data: Record<string, unknown>,
  ): void {
    this.trail.record({ type, target: { type: 'scim_hold', id }, data });
  }
}

function refuseUnseen({ decision, heldMembers }: Hold, shown: number): void {
  if (decision === 'rejected')
    throw new Conflict('hold_decided', 'Somebody has decided meanwhile that they stay.');
  if (heldMembers > shown)
    throw new Conflict(
      'hold_grown',
      `The directory asks for ${heldMembers} by now, and this page showed ${shown}. Look at who they are, and decide again.`,
    );
}

const OVER: Readonly<Record<NonNullable<Hold['endReason']>, string>> = {
  directory_switched_off: 'the directory was switched off',
  taken_back: 'the directory took it back',
  everybody_left: 'all of them left by another way',
};

const isOver = (reason: Hold['endReason']): Conflict =>
  new Conflict('hold_decided', `This ended before anybody decided: ${OVER[reason!]}.`);

import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import type { Role } from '../access/permissions';
import type { Principal, UserPrincipal } from '../access/principal';
import { AuditTrail } from '../audit/audit-trail';
import { Database } from '../database/database';
import { prepared } from '../database/statement';
import { Conflict, Forbidden, NotFound } from '../http/problems';
import { refuseAboveOwn } from './granting';
import { AccessService } from './grants/access.service';
import { AccessStore } from './grants/access-store.service';
import { effectiveAccess } from './grants/effective-access';
import { endInvitationsOf } from './invitations/invitations-of-returned';
import { Member } from './member.entity';
import { Offboarding } from './offboarding/offboarding.service';

/** Of a member what a sign-in must know. */
export type HeldMember = Pick<Member, 'id' | 'userId' | 'email' | 'role' | 'createdAt'>;

const HOLD_LIVE = prepared(
  'hold_live_member',
  `select id, user_id as "userId", email, role, created_at as "createdAt"
     from members where id = $1 and removed_at is null for share`,
);

/** The people of the workspace in flight. */
@Injectable()
export class MembersService {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly grants: AccessStore,
    private readonly access: AccessService,
    private readonly offboarding: Offboarding,
  ) {}

  /** The live member who is this user here. */
  async findLiveByUser(userId: string): Promise<Member | undefined> {
    return (await this.members.findOneBy({ userId, removedAt: IsNull() })) ?? undefined;
  }

  /**
   * The member with this id, locked, unless removed. A removal waits for this transaction and then ends what it
   * created, for example a session.
   */
  async holdLive(id: string): Promise<HeldMember | undefined> {
    const [member] = await this.database.query<HeldMember>(HOLD_LIVE, [id]);
    return member;
  }

  /** As holdLive(), and alone: others who hold the member wait as well. */
  async holdLiveAlone(id: string): Promise<Member | undefined> {
    const lock = { mode: 'for_no_key_update' } as const;
    return (await this.members.findOne({ where: { id, removedAt: IsNull() }, lock })) ?? undefined;
  }

  /** The member with this id, also when removed. Throws NotFound. */
  async get(id: string): Promise<Member> {
    const member = await this.members.findOneBy({ id });
    if (!member) throw new NotFound('Member');
    return member;
  }

  /**
   * Overrides role and approver of a live member by hand; the override takes precedence over all other grants until
   * lifted. Throws NotFound, 403 `role_above_own`, 409 `member_removed`, 409 `last_admin`.
   */
  async update(
    caller: Principal,
    id: string,
    changes: { role?: Role; approver?: boolean },
    refuse?: (present: Member) => void,
  ): Promise<Member> {
    const before = await this.lockLive(id);
    const role = changes.role === before.role ? undefined : changes.role;
    const approver = changes.approver === before.approver ? undefined : changes.approver;
    if (role === undefined && approver === undefined) {
      this.trail.nothingChanged();
      return before;
    }
    refuse?.(before);
    if (role !== undefined) refuseAboveOwn(caller, role);
    await this.grants.writeManual(id, 'override', { role, approver }, memberBehind(caller));
    await this.access.settleStored([id], { lastAdmin: 'refuse' });
    return this.get(id);
  }

  /**
   * Removes the manual override, so that the other grants count again. Changes nothing when there is none. Throws as
   * `update`.
   */
  async liftOverride(caller: Principal, id: string): Promise<void> {
    await this.lockLive(id);
    const lifted = await this.grants.withdrawOverride(id);
    if (!lifted) return this.trail.nothingChanged();
    const [member] = await this.grants.readGrants([id]);
    const { role, approver } = effectiveAccess(member!.grants);
    if (role !== member!.role) refuseAboveOwn(caller, role);
    const changes = await this.access.settle([member!], { lastAdmin: 'refuse', because: 'override_lifted' });
    if (changes.length > 0) return;
    this.trail.record({
      type: 'workspace.member_updated',
      target: { type: 'member', id },
      data: {
        email: member!.email,
        before: { role, approver },
        after: { role, approver },
        because: 'override_lifted',
      },
    });
  }

  /**
   * Removes the caller from the workspace at their own wish. Throws 403 `member_removed` when somebody else removes
   * them at the same moment, 409 `last_admin`, 409 `break_glass_required`.
   */
  async leave({ memberId }: UserPrincipal): Promise<void> {
    const [receipt] = await this.offboarding.end([memberId], 'left');
    if (!receipt) throw new Forbidden('You are no longer a member of this workspace.', 'member_removed');
  }

  /** Takes a member out by hand; once. Throws NotFound, 409 `last_admin`, 409 `break_glass_required`. */
  async remove(id: string): Promise<void> {
    const [receipt] = await this.offboarding.end([id], 'removed_by_admin');
    if (receipt) return;
    await this.get(id);
    this.trail.nothingChanged();
  }

  /**
   * Lets a removed member in again with their former role. Their former sessions and API keys stay ended. Throws
   * NotFound, 403 `role_above_own`, 409 `member_erased`, and 409 `conflict` when another member has the address.
   */
  async restore(caller: Principal, id: string): Promise<Member> {
    const before = await this.lock(id);
    if (!before.removedAt) {
      this.trail.nothingChanged();
      return before;
    }
    if (before.removalReason === 'erased') {
      throw new Conflict(
        'member_erased',
        'Nothing is left of this person to let in. Invite them as somebody new.',
      );
    }
    refuseAboveOwn(caller, before.role);
    // A directory sees the member again, or it could never deactivate them.
    const back = { removedAt: null, removalReason: null, scimDeletedAt: null };
    await this.members.update({ id }, { ...back, updatedAt: () => 'now()' });
    this.trail.record({
      type: 'workspace.member_restored',
      target: { type: 'member', id },
      data: { email: before.email, role: before.role, removedAt: before.removedAt },
    });
    if (before.role === 'admin') this.noteNewAdmin(before, null);
    await endInvitationsOf(this.database, this.trail, [id]);
    await this.access.settleAfter([before]);
    return this.get(id);
  }

  private noteNewAdmin({ id, email }: Member, before: Role | null): void {
    this.trail.record({
      type: 'auth.role_escalated',
      target: { type: 'member', id },
      data: { email, before: { role: before }, after: { role: 'admin' } },
    });
  }

  private async lockLive(id: string): Promise<Member> {
    const member = await this.lock(id);
    if (member.removedAt) throw new Conflict('member_removed', 'This member is removed; restore them first.');
    return member;
  }

  private async lock(id: string): Promise<Member> {
    const member = await this.members.findOne({ where: { id }, lock: { mode: 'for_no_key_update' } });
    if (!member) throw new NotFound('Member');
    return member;
  }

  private get members() {
    return this.database.repository(Member);
  }
}

/** The member on whose authority a caller acts. */
function memberBehind(caller: Principal): string | null {
  if (caller.kind === 'user') return caller.memberId;
  return caller.kind === 'api_key' ? caller.createdBy : null;
}

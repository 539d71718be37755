import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Role } from '../../access/permissions';
import { AuditTrail } from '../../audit/audit-trail';
import { Conflict } from '../../http/problems';
import { WorkspacePolicyService } from '../../workspaces/workspace-policy.service';
import { LargeChanges } from '../large-changes/large-changes.service';
import { AccessStore, type MemberAccess } from './access-store.service';
import { type Access, changesOf, converge, type ConvergedAccess } from './convergence';

/** A member whose role or group changed. */
export interface AccessChange {
  readonly id: string;
  readonly email: string;
  readonly before: Access;
  readonly after: Access;
}

export interface Settling {
  /** What happens when it would leave the workspace without an admin, or without its last break-glass admin. */
  readonly lastAdmin: 'refuse' | 'hold';
  /** The cause, for the audit event, of changes that nobody requested individually. */
  readonly because?: string;
  /** They came in with this very transaction: that record says what they are. */
  readonly fresh?: boolean;
}

/**
 * The only place that turns grants into role and approver of a member. Every change of a grant ends here, so that all
 * record the same events: `workspace.member_updated`, and `auth.role_escalated` for a new admin.
 */
@Injectable()
export class AccessService implements OnModuleInit {
  constructor(
    private readonly store: AccessStore,
    private readonly trail: AuditTrail,
    private readonly large: LargeChanges,
    private readonly policies: WorkspacePolicyService,
  ) {}

  onModuleInit(): void {
    this.policies.whenWaysAroundProviderChange(async () => {
      await this.releaseHeld([], 'break_glass_changed');
    });
  }

  /** As `settle`, with the grants as they are stored now. */
  async settleStored(ids: readonly string[], settling: Settling): Promise<AccessChange[]> {
    return ids.length === 0 ? [] : this.settle(await this.store.readGrants(ids), settling);
  }

  /**
   * Writes the role and approver that follow from the grants of these members, and then of members with grants from
   * rules whose author changed. Returns the changed members. Throws 409 `last_admin`, naming the member, and 409
   * `break_glass_required`, unless `lastAdmin` is 'hold': then that member stays admin.
   */
  async settle(members: readonly MemberAccess[], settling: Settling): Promise<AccessChange[]> {
    const wanted = changesOf(converge(members));
    if (wanted.length === 0) return [];
    const falling = wanted.map(changeOf).filter(falls);
    const named = falling.length > 0 && (await this.policies.holdBreakGlassOf(falling.map(({ id }) => id)));
    const admins = await this.keepAnAdmin(wanted, settling);
    const kept = named ? await this.keepBreakGlass(admins, settling) : admins;
    const changes = kept.filter(
      ({ before, after }) => before.role !== after.role || before.approver !== after.approver,
    );
    if (changes.length === 0) return [];
    await this.store.writeEffective(changes.map(({ id, after }) => ({ id, ...after })));
    const byId = new Map(wanted.map((converged) => [converged.member.id, converged]));
    for (const change of changes) this.record(change, byId, settling);
    const fallen = changes.filter(falls);
    if (fallen.length > 0) await this.policies.endBreakGlassOf(fallen.map(({ id }) => id));
    return [...changes, ...(await this.settleTouched(changes, members))];
  }

  /**
   * For callers that let members in without changing a grant: settles members with grants from rules that these
   * members saved, and demotes an admin who was kept only because there was no other.
   */
  async settleAfter(members: readonly { readonly id: string; readonly role: Role }[]): Promise<void> {
    const ids = members.map(({ id }) => id);
    await this.settleRulesOf(ids);
    if (members.some(({ role }) => role === 'admin')) await this.releaseHeld(ids, 'another_admin');
  }

  /** As `settleAfter`, for people who left: what their rules gave others is worth no more than viewer from now on. */
  async settleDepartures(members: readonly { readonly id: string; readonly role: Role }[]): Promise<void> {
    await this.settleRulesOf(members.map(({ id }) => id));
    const admins = members.filter(({ role }) => role === 'admin');
    if (admins.length > 0) await this.policies.endBreakGlassOf(admins.map(({ id }) => id));
  }

  private async settleRulesOf(memberIds: readonly string[]): Promise<void> {
    await this.settleGrantedBy(memberIds, () => true);
  }

  /**
   * Settles the members with grants from rules of these authors. Too many for one transaction are settled in pieces
   * after it.
   */
  private async settleGrantedBy(
    authorIds: readonly string[],
    isConcerned: (id: string) => boolean,
  ): Promise<AccessChange[]> {
    const because = 'author_changed';
    const touched = (await this.store.grantedBy(authorIds, this.large.enoughToKnow)).filter(isConcerned);
    if (!this.large.isLarge(touched.length)) {
      return this.settleOthers(touched, because);
    }
    await this.large.begin('role_rules', { members: await this.store.count(), because });
    return [];
  }

  /** Without a live admin nobody could set anything right again: the role stays, and the record says so. */
  private async keepAnAdmin(
    wanted: readonly ConvergedAccess[],
    { lastAdmin, because }: Settling,
  ): Promise<AccessChange[]> {
    const changes = wanted.map(changeOf);
    const live = new Set(wanted.filter(({ member }) => !member.removed).map(({ member }) => member.id));
    const lost = changes.filter(({ id, before }) => live.has(id) && before.role === 'admin');
    const falling = lost.filter(({ after }) => after.role !== 'admin');
    if (falling.length === 0) return changes;
    const rises = changes.some(({ id, after }) => live.has(id) && after.role === 'admin');
    const admins = await this.store.liveAdmins({ hold: true });
    const remaining = admins.filter((id) => !falling.some((change) => change.id === id));
    if (rises || remaining.length > 0) return changes;

    if (lastAdmin === 'refuse') {
      throw new Conflict(
        'last_admin',
        'A workspace keeps at least one admin. Make somebody else admin first.',
        falling.map(({ email }) => `${email} would no longer be admin.`),
      );
    }
    return this.hold('last_admin', changes, falling, because);
  }

  /** Else the database would refuse all of it: the sign-in, say, that is about to take the role. */
  private async keepBreakGlass(
    changes: readonly AccessChange[],
    { lastAdmin, because }: Settling,
  ): Promise<readonly AccessChange[]> {
    if (lastAdmin === 'refuse') return changes;
    const falling = changes.filter(falls);
    const last = await this.policies.lastBreakGlassOf(falling.map(({ id }) => id));
    return this.hold(
      'break_glass_required',
      changes,
      falling.filter(({ id }) => last.includes(id)),
      because,
    );
  }

  private hold(
    reason: 'last_admin' | 'break_glass_required',
    changes: readonly AccessChange[],
    held: readonly AccessChange[],
    because: string | undefined,
  ): AccessChange[] {
    for (const { id, email, after } of held) {
      this.trail.record({
        type: 'sso.role_sync_held',
        target: { type: 'member', id },
        data: { email, reason, kept: 'admin', wanted: after.role, because },
      });
    }
    return changes.map((change) =>
      held.includes(change) ? { ...change, after: { ...change.after, role: 'admin' } } : change,
    );
  }

  private async settleTouched(
    changes: readonly AccessChange[],
    settled: readonly MemberAccess[],
  ): Promise<AccessChange[]> {
    const moved = changes.filter(({ before, after }) => before.role !== after.role).map(({ id }) => id);
    if (moved.length === 0) return [];
    const known = new Set(settled.map(({ id }) => id));
    const followed = await this.settleGrantedBy(moved, (id) => !known.has(id));
    const newAdmin = changes.some(({ before, after }) => before.role !== 'admin' && after.role === 'admin');
    return newAdmin ? [...followed, ...(await this.releaseHeld([...known], 'another_admin'))] : followed;
  }

  /** Demotes members who stayed admin only because they were the last, or the last break-glass admin. */
  private async releaseHeld(except: readonly string[], because: string): Promise<AccessChange[]> {
    const admins = await this.store.liveAdmins({ hold: false });
    const others = await this.store.readGrants(admins.filter((id) => !except.includes(id)));
    // Hardly ever anybody: all the others are not to be held for that.
    const held = changesOf(converge(others)).map(({ member }) => member.id);
    return this.settleOthers(held, because);
  }

  /**
   * Settles members whom nobody asked to change. Locks them first: otherwise it would overwrite what another
   * transaction changes meanwhile.
   */
  private async settleOthers(ids: readonly string[], because: string): Promise<AccessChange[]> {
    if (ids.length === 0) return [];
    await this.store.lock(ids);
    return this.settleStored(ids, { lastAdmin: 'hold', because });
  }

  private record(
    { id, email, before, after }: AccessChange,
    wanted: ReadonlyMap<string, ConvergedAccess>,
    { because, fresh }: Settling,
  ): void {
    const target = { type: 'member', id };
    const { member, effective } = wanted.get(id)!;
    const { decidedBy } = effective;
    const why = because && {
      because,
      ...(decidedBy && { grant: { kind: decidedBy.kind, origin: decidedBy.origin, rule: decidedBy.rule } }),
    };
    if (!fresh) {
      this.trail.record({
        type: 'workspace.member_updated',
        target,
        data: { email, before, after, ...why },
      });
    }
    if (member.removed || after.role !== 'admin' || before.role === 'admin') return;
    this.trail.record({
      type: 'auth.role_escalated',
      target,
      data: { email, before: { role: before.role }, after: { role: 'admin' }, ...why },
    });
  }
}

const falls = ({ before, after }: AccessChange): boolean => before.role === 'admin' && after.role !== 'admin';

const changeOf = ({ member, effective }: ConvergedAccess): AccessChange => ({
  id: member.id,
  email: member.email,
  before: { role: member.role, approver: member.approver },
  after: { role: effective.role, approver: effective.approver },
});

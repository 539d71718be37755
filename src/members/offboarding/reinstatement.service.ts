import { Injectable } from '@nestjs/common';
import type { Role } from '../../access/permissions';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { AccessService } from '../grants/access.service';
import { AccessStore } from '../grants/access-store.service';
import { RoleSync } from '../grants/role-sync.service';
import { endInvitationsOf } from '../invitations/invitations-of-returned';

/** How a member returned. */
export interface Returned {
  readonly role: Role;
  /** True when somebody other than a directory had removed the member: they lose their former grants. */
  readonly restrained: boolean;
}

/** Removal reasons set by a directory or by switching it off. */
const DIRECTORYS_OWN = new Set(['scim', 'directory_switched_off']);

/**
 * Lets a directory reinstate members. A member it removed itself gets the former roles back. A member whom an admin
 * removed may return too, because the directory knows who works here, but only with grants from current rules and
 * never as admin: making an admin is for an admin to decide.
 */
@Injectable()
export class Reinstatement {
  constructor(
    private readonly database: Database,
    private readonly store: AccessStore,
    private readonly roles: RoleSync,
    private readonly access: AccessService,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Lets a removed member in again; records `workspace.member_restored` after what `first` records. The caller holds
   * the row.
   */
  async byDirectory(memberId: string, first: (returned: Returned) => void): Promise<void> {
    const before = await this.read(memberId);
    const restrained = !DIRECTORYS_OWN.has(before.reason ?? '');
    // Before `removed_at` is cleared, so that the member is never live with the grants they lose.
    if (restrained) await this.store.startOver(memberId);
    await this.roles.sync(memberId, 'returned');
    if (restrained) await this.keepBelowAdmin(memberId);
    await this.database.query(
      'update members set removed_at = null, removal_reason = null, updated_at = now() where id = $1',
      [memberId],
    );
    const { role } = await this.read(memberId);
    first({ role, restrained });
    this.record(memberId, { ...before, restrained, role });
    if (role === 'admin') this.recordEscalation(memberId, before.email);
    await endInvitationsOf(this.database, this.trail, [memberId]);
    await this.access.settleAfter([{ id: memberId, role }]);
  }

  /**
   * Reinstates the members who were removed for this reason, with their former roles; not those a directory has
   * deleted since, because it would not see them. Returns the reinstated ids.
   */
  async together(memberIds: readonly string[], reason: string): Promise<string[]> {
    const back = await this.database.query<{ id: string; email: string; role: Role }>(
      `update members set removed_at = null, removal_reason = null, updated_at = now()
        where id in (select id from members where id = any($1) and removed_at is not null and removal_reason = $2 and scim_deleted_at is null
                      order by id for no key update)
        returning id, email, role`,
      [memberIds, reason],
    );
    for (const { id, email, role } of back) {
      this.trail.record({
        type: 'workspace.member_restored',
        target: { type: 'member', id },
        data: { email, role, removedFor: reason },
      });
      if (role === 'admin') this.recordEscalation(id, email);
    }
    const ids = back.map(({ id }) => id);
    await endInvitationsOf(this.database, this.trail, ids);
    await this.access.settleAfter(back);
    return ids;
  }

  /**
   * For a live member whom a directory had deleted and now provisions again: drops all former grants. `reason` is why
   * the member had been removed.
   */
  async onNewTerms(memberId: string, reason: string | null): Promise<void> {
    const restrained = !DIRECTORYS_OWN.has(reason ?? '');
    await this.store.startOver(memberId);
    await this.roles.welcome(memberId);
    await endInvitationsOf(this.database, this.trail, [memberId]);
    if (!restrained) return;
    await this.keepBelowAdmin(memberId);
    const { email, role } = await this.read(memberId);
    this.record(memberId, { email, reason, restrained, role });
  }

  /** As a change by hand, which an admin can lift: then the rules count in full. */
  private async keepBelowAdmin(memberId: string): Promise<void> {
    const { role } = await this.read(memberId);
    if (role !== 'admin') return;
    await this.store.writeManual(memberId, 'override', { role: 'editor' }, null);
    await this.access.settleStored([memberId], { lastAdmin: 'hold', because: 'returned' });
  }

  private record(
    id: string,
    { email, reason, restrained, role }: { email: string; reason: string | null } & Returned,
  ): void {
    this.trail.record({
      type: 'workspace.member_restored',
      ...(restrained && { risk: 'high' as const }),
      target: { type: 'member', id },
      data: { email, role, reason: 'scim', ...(restrained && { restrained, removedFor: reason }) },
    });
  }

  private recordEscalation(id: string, email: string): void {
    this.trail.record({
      type: 'auth.role_escalated',
      target: { type: 'member', id },
      data: { email, before: { role: null }, after: { role: 'admin' } },
    });
  }

  private async read(memberId: string): Promise<{ email: string; role: Role; reason: string | null }> {
    const [member] = await this.database.query<{ email: string; role: Role; reason: string | null }>(
      'select email, role, removal_reason as reason from members where id = $1',
      [memberId],
    );
    return member!;
  }
}

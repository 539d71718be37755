import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import type { Receipt } from '../../members/offboarding/offboarding.service';
import { type DirectoryMember, MemberDirectoryService } from '../../members/member-directory.service';
import { DeactivationGuard } from '../guard/deactivation-guard.service';
import { HeldChanges } from '../guard/held-changes.service';

/** How directories send people away and let them in again, with its record. The caller holds the member's row. */
@Injectable()
export class Departures {
  constructor(
    private readonly directory: MemberDirectoryService,
    private readonly guard: DeactivationGuard,
    private readonly held: HeldChanges,
    private readonly trail: AuditTrail,
  ) {}

  /** `active: false`. Throws 409 `last_admin`, 409 `break_glass_required`, and what the guard throws. */
  deactivate(member: DirectoryMember): Promise<void> {
    return this.end(member, { deletes: false });
  }

  /** DELETE: as `deactivate` for whoever is in, and out of the directory's sight. The row stays. */
  async delete(member: DirectoryMember): Promise<void> {
    if (member.removedAt === null) await this.end(member, { deletes: true });
    else this.record('scim.user_deactivated', member.id, { userName: member.userName, deleted: true });
    await this.directory.hide([member.id]);
  }

  /** `active: false` of whoever is out: a directory that was switched off and is back may be the first to say so. */
  async keepOut({ id }: DirectoryMember): Promise<boolean> {
    const isNew = await this.directory.keepOut(id);
    if (isNew) {
      const removalReason = { before: 'directory_switched_off', after: 'scim' };
      this.trail.record({
        type: 'scim.user_updated',
        target: { type: 'member', id },
        data: { changes: { removalReason } },
      });
    }
    return isNew;
  }

  /** `active: true` of whoever is out, with the role that Reinstatement allows. */
  async reactivate(member: DirectoryMember): Promise<void> {
    const { id, userName } = member;
    await this.directory.reactivate(id, ({ role, restrained }) =>
      this.record('scim.user_reactivated', id, { userName, role, ...(restrained && { restrained }) }),
    );
    // Somebody else may have taken them out while the directory's wish was held.
    await this.takeBack(member);
  }

  /** `active: true` of whoever is active: what the directory wanted before, and what waits, is off. Answers whether. */
  takeBack(member: DirectoryMember): Promise<boolean> {
    return this.held.takeBack(member);
  }

  /** First of all in a transaction that ends what was held. */
  prepareToEndHeld(): Promise<void> {
    return this.directory.prepareToHide();
  }

  /**
   * Does what an admin approved of a burst that was held. Those who are out by now are out; whoever was to be deleted
   * leaves the directory's sight. Answers who left. Throws 409 `last_admin`.
   */
  async endHeld(
    holdId: string,
    changes: readonly { readonly memberId: string; readonly deletes: boolean }[],
  ): Promise<string[]> {
    const deleted = new Set(changes.filter(({ deletes }) => deletes).map(({ memberId }) => memberId));
    const left = await this.directory.deactivate(
      changes.map(({ memberId }) => memberId),
      (receipt) => this.recordLeft(receipt, { deletes: deleted.has(receipt.memberId), holdId }),
    );
    await this.directory.hide([...deleted]);
    return left.map(({ memberId }) => memberId);
  }

  /** As `endHeld`; whoever must stay stays. Answers who left and, with the reason on record, how many did not. */
  async endHeldWhoMay(
    holdId: string,
    changes: readonly { readonly memberId: string; readonly deletes: boolean }[],
  ): Promise<{ left: string[]; stayed: number }> {
    const deleted = new Set(changes.filter(({ deletes }) => deletes).map(({ memberId }) => memberId));
    const { receipts, stayed } = await this.directory.deactivateWhoMay(
      changes.map(({ memberId }) => memberId),
      (receipt) => this.recordLeft(receipt, { deletes: deleted.has(receipt.memberId), holdId }),
    );
    for (const { memberId, code } of stayed) {
      const data = { change: 'deactivation', code, holdId };
      this.trail.record({ type: 'scim.change_refused', target: { type: 'member', id: memberId }, data });
    }
    await this.directory.hide([...deleted]);
    return { left: receipts.map(({ memberId }) => memberId), stayed: stayed.length };
  }

  private async end(member: DirectoryMember, how: { deletes: boolean }): Promise<void> {
    await this.guard.admit(member, how);
    await this.guard.watch(member, () =>
      this.directory.deactivate([member.id], (receipt) => this.recordLeft(receipt, how)),
    );
  }

  private recordLeft(
    { id: offboardingId, memberId, userName, ended: revoked, kept }: Receipt,
    { deletes, holdId }: { deletes: boolean; holdId?: string },
  ): void {
    const how = { ...(deletes && { deleted: true }), ...(holdId && { holdId }) };
    this.record('scim.user_deactivated', memberId, { userName, ...how, offboardingId, revoked, kept });
  }

  private record(
    type: 'scim.user_deactivated' | 'scim.user_reactivated',
    id: string,
    data: Record<string, unknown>,
  ): void {
    this.trail.record({ type, target: { type: 'member', id }, data });
  }
}

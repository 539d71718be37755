import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { type DirectoryMember, MemberDirectoryService } from '../../members/member-directory.service';

/** How directories send people away and let them in again, with its record. The caller holds the member's row. */
@Injectable()
export class Departures {
  constructor(
    private readonly directory: MemberDirectoryService,
    private readonly trail: AuditTrail,
  ) {}

  /** `active: false`. Throws the database's GH001 for the last admin. */
  deactivate(member: DirectoryMember): Promise<void> {
    return this.end(member, {});
  }

  /** DELETE: as `deactivate` for whoever is in, and out of the directory's sight. The row stays. */
  async delete(member: DirectoryMember): Promise<void> {
    if (member.removedAt === null) await this.end(member, { deleted: true });
    else this.record('scim.user_deactivated', member.id, { userName: member.userName, deleted: true });
    await this.directory.hide(member.id);
  }

  /** `active: true`, with the role that Reinstatement allows. */
  reactivate({ id, userName }: DirectoryMember): Promise<void> {
    return this.directory.reactivate(id, ({ role, restrained }) =>
      this.record('scim.user_reactivated', id, { userName, role, ...(restrained && { restrained }) }),
    );
  }

  private end({ id, userName }: DirectoryMember, how: { deleted?: true }): Promise<void> {
    return this.directory.deactivate(id, ({ id: offboardingId, ended: revoked, kept }) =>
      this.record('scim.user_deactivated', id, { userName, ...how, offboardingId, revoked, kept }),
    );
  }

  private record(
    type: 'scim.user_deactivated' | 'scim.user_reactivated',
    id: string,
    data: Record<string, unknown>,
  ): void {
    this.trail.record({ type, target: { type: 'member', id }, data });
  }
}

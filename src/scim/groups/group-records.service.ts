import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import type { DirectoryGroup, GroupProfile } from '../../members/directory-groups/directory-group';
import { GroupRoles } from '../../members/directory-groups/group-roles.service';
import type { Moved } from './group-members.service';

type Movement = Pick<Moved, 'came' | 'went'>;

/** How many of those who came and went an audit event names; it always says how many there were. */
const MOST_NAMED = 100;

/** What becomes known of a change of groups: roles follow, and the audit trail has it. */
@Injectable()
export class GroupRecords {
  constructor(
    private readonly roles: GroupRoles,
    private readonly trail: AuditTrail,
  ) {}

  created(id: string, profile: GroupProfile, { came }: Movement): void {
    this.record('scim.group_created', id, { ...profile, membersAdded: listed(came) });
  }

  async updated(
    id: string,
    before: GroupProfile,
    after: GroupProfile,
    { came, went }: Movement,
  ): Promise<void> {
    const isRenamed = before.displayName !== after.displayName;
    const changes = {
      ...(isRenamed && { displayName: { before: before.displayName, after: after.displayName } }),
      ...(before.externalId !== after.externalId && {
        externalId: { before: before.externalId, after: after.externalId },
      }),
    };
    if (Object.keys(changes).length === 0 && came.length === 0 && went.length === 0) {
      this.trail.nothingChanged();
      return;
    }
    if (isRenamed) await this.roles.nameMoved(id, [before.displayName]);
    this.record('scim.group_updated', id, {
      displayName: after.displayName,
      ...(Object.keys(changes).length > 0 && { changes }),
      ...(came.length > 0 && { membersAdded: listed(came) }),
      ...(went.length > 0 && { membersRemoved: listed(went) }),
    });
  }

  async deleted({ id, displayName, externalId }: DirectoryGroup): Promise<void> {
    await this.roles.nameMoved(id, [displayName]);
    this.record('scim.group_deleted', id, { displayName, externalId });
  }

  private record(
    type: 'scim.group_created' | 'scim.group_updated' | 'scim.group_deleted',
    id: string,
    data: Record<string, unknown>,
  ): void {
    this.trail.record({ type, target: { type: 'directory_group', id }, data });
  }
}

function listed(ids: readonly string[]): { count: number; ids: string[] } {
  return { count: ids.length, ids: ids.slice(0, MOST_NAMED) };
}

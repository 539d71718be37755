import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { RoleSync } from '../grants/role-sync.service';
import { LargeChanges } from '../large-changes/large-changes.service';

/**
 * Recomputes roles after changes of groups. The caller holds the lock of role rules (see GroupMemberships), so the
 * rules cannot change meanwhile. Does nothing for a group that no rule refers to, directly or through a group around
 * it.
 */
@Injectable()
export class GroupRoles {
  constructor(
    private readonly database: Database,
    private readonly roles: RoleSync,
    private readonly changes: LargeChanges,
  ) {}

  /** Call after these users were added to the group or removed from it. */
  async usersMoved(groupId: string, userIds: readonly string[]): Promise<void> {
    if (userIds.length > 0 && (await this.isNamed(groupId, [])))
      await this.roles.syncAll(userIds, 'directory');
  }

  /** Call after these groups were added to the group or removed from it. */
  async groupsMoved(groupId: string, innerIds: readonly string[]): Promise<void> {
    if (innerIds.length > 0 && (await this.isNamed(groupId, []))) await this.syncInside(innerIds);
  }

  /** Call after the group was renamed or hidden. `names` are its names before and after. */
  async nameMoved(groupId: string, names: readonly string[]): Promise<void> {
    if (await this.isNamed(groupId, names)) await this.syncInside([groupId]);
  }

  private async isNamed(groupId: string, formerly: readonly string[]): Promise<boolean> {
    const [row] = await this.database.query<{ named: boolean }>(
      `with recursive around (id, display_name) as (
         select id, display_name from directory_groups where id = $1
          union
         select g.id, g.display_name from around a
           join directory_group_nestings n on n.inner_id = a.id
           join directory_groups g on g.id = n.group_id and g.deleted_at is null
       )
       select exists (select from role_mappings where source = 'scim_group'
                         and (value = any($2) or value in (select display_name from around))) as named`,
      [groupId, formerly],
    );
    return row!.named;
  }

  private async syncInside(groupIds: readonly string[]): Promise<void> {
    const rows = await this.database.query<{ member_id: string }>(
      `with recursive inside (id) as (
         select unnest($1::uuid[])
          union
         select g.id from inside i
           join directory_group_nestings n on n.group_id = i.id
           join directory_groups g on g.id = n.inner_id and g.deleted_at is null
       )
       select distinct m.member_id from inside i join directory_group_members m on m.group_id = i.id limit $2`,
      [groupIds, this.changes.enoughToKnow],
    );
    await this.roles.syncAll(
      rows.map(({ member_id }) => member_id),
      'directory',
    );
  }
}

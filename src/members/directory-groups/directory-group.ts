/** A group as directories see it, without its members, which can be many. */
export interface DirectoryGroup {
  readonly id: string;
  readonly displayName: string;
  readonly externalId: string | null;
  readonly createdAt: Date;
  /** When the group or its membership changed last. */
  readonly changedAt: Date;
  /** Changes with every change to the group or its membership; the ETag is made of it. */
  readonly version: string;
}

/** The attributes that a directory sets on a group. */
export interface GroupProfile {
  readonly displayName: string;
  readonly externalId: string | null;
}

/** A user or a group in a group. */
export interface GroupMember {
  readonly value: string;
  readonly type: 'User' | 'Group';
  readonly display: string;
}

/** A group that a member is in, directly or through another group. */
export interface GroupOfMember {
  readonly value: string;
  readonly display: string;
  readonly type: 'direct' | 'indirect';
}

const MEMBER_ID = (
  key: string,
): string => `case when ${key}::text ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
  then ${key}::uuid end`;

/** The SQL for what filters and sorting of groups may refer to. */
export const GROUP_COLUMNS = {
  id: 'g.id',
  displayName: 'g.display_name',
  /** In lower case. Use this one in conditions: it has the index. */
  displayNameKey: 'g.display_name_key',
  externalId: 'g.external_id',
  createdAt: 'g.created_at',
  changedAt: `(select max(t.at) from tallies t where t.subject = g.id and t.kind = 'changes')`,
  version: `tally_of('changes', g.id)`,
  /** The members of the group as rows of value, type and display. */
  members: `(
    select m.id::text as value, 'User'::text as type, coalesce(m.display_name, m.user_name) as display
      from directory_group_members gm join members m on m.id = gm.member_id and m.scim_deleted_at is null
     where gm.group_id = g.id
     union all
    select i.id::text, 'Group', i.display_name
      from directory_group_nestings n join directory_groups i on i.id = n.inner_id and i.deleted_at is null
     where n.group_id = g.id)`,
  /** Whether the member or group with this id is in the group. */
  withMember: (key: string): string => `g.id in (
    select gm.group_id from directory_group_members gm where gm.member_id = ${MEMBER_ID(key)}
     union all select n.group_id from directory_group_nestings n where n.inner_id = ${MEMBER_ID(key)})`,
} as const;

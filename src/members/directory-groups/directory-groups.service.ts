import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import {
  type KeysetPage,
  type PageRequest,
  type PageSource,
  readKeysetPage,
} from '../../database/keyset-page';
import { prepared } from '../../database/statement';
import { type DirectoryGroup, GROUP_COLUMNS, type GroupMember, type GroupProfile } from './directory-group';

interface GroupRow {
  readonly id: string;
  readonly display_name: string;
  readonly external_id: string | null;
  readonly created_at: string;
  readonly version: string;
  readonly changed_at: string;
}

/** The version counts the recorded changes of a group, so that concurrent writers need not update its row. */
const WITH_VERSION = `
  cross join lateral (select sum(t.n)::text as version, max(t.at) as changed_at from tallies t
                       where t.workspace_id = g.workspace_id and t.subject = g.id and t.kind = 'changes') v`;

/** How `page` reads groups. */
export const GROUP_PAGES: PageSource = {
  from: 'directory_groups g where g.deleted_at is null',
  columns: `to_jsonb(g) || jsonb_build_object('version', ${GROUP_COLUMNS.version}::text,
                                             'changed_at', ${GROUP_COLUMNS.changedAt}) as found`,
  createdAt: GROUP_COLUMNS.createdAt,
  id: GROUP_COLUMNS.id,
  total: `select tally_of('groups', current_workspace_id())`,
};

const FIND = prepared(
  'find_directory_group',
  `select g.*, v.version, v.changed_at from directory_groups g ${WITH_VERSION}
    where g.id = $1 and g.deleted_at is null`,
);

/** $2: how many rows at most, over all the groups. */
const MEMBERS_OF = prepared(
  'members_of_directory_groups',
  `
  select * from (
  select gm.group_id, m.id as value, 'User' as type, coalesce(m.display_name, m.user_name) as display
    from directory_group_members gm
    join members m on m.workspace_id = gm.workspace_id and m.id = gm.member_id and m.scim_deleted_at is null
   where gm.group_id = any($1)
   union all
  select n.group_id, g.id, 'Group', g.display_name
    from directory_group_nestings n
    join directory_groups g on g.workspace_id = n.workspace_id and g.id = n.inner_id and g.deleted_at is null
   where n.group_id = any($1)
   limit $2) found
   order by 1, 3 desc, 2`,
);

/** The groups of the current workspace. GroupMemberships changes who is in them. */
@Injectable()
export class DirectoryGroups {
  /** Members in one answer. This many make about 30 MB and take one to two seconds. */
  mostMembers = 200_000;

  constructor(private readonly database: Database) {}

  async find(id: string): Promise<DirectoryGroup | undefined> {
    const [row] = await this.database.query<GroupRow>(FIND, [id]);
    return row && groupOf(row);
  }

  /**
   * A page of the groups that fulfil a condition over {@link GROUP_COLUMNS}, oldest first unless ordered otherwise.
   */
  async page(request: PageRequest): Promise<KeysetPage<DirectoryGroup>> {
    const { rows, ...page } = await readKeysetPage<{ found: GroupRow }>(this.database, GROUP_PAGES, request);
    return { ...page, rows: rows.map(({ found }) => groupOf(found)) };
  }

  /**
   * The members of these groups, each list in a stable order; undefined if there are more than one answer may hold.
   * One statement, however many groups.
   */
  async membersOf(groupIds: readonly string[]): Promise<Map<string, GroupMember[]> | undefined> {
    const members = new Map<string, GroupMember[]>(groupIds.map((id) => [id, []]));
    if (groupIds.length === 0) return members;
    const rows = await this.database.query<GroupMember & { group_id: string }>(MEMBERS_OF, [
      groupIds,
      this.mostMembers + 1,
    ]);
    if (rows.length > this.mostMembers) return undefined;
    for (const { group_id, value, type, display } of rows) {
      members.get(group_id)?.push({ value, type, display });
    }
    return members;
  }

  /** Creates a group and returns its id; undefined if the name is taken. */
  async add({ displayName, externalId }: GroupProfile): Promise<string | undefined> {
    const [row] = await this.database.query<{ id: string }>(
      `insert into directory_groups (display_name, display_name_key, external_id) values ($1, lower($1), $2)
       on conflict (workspace_id, display_name_key) where deleted_at is null do nothing returning id`,
      [displayName, externalId],
    );
    return row?.id;
  }

  /** Changes a group; false if the name is taken. */
  async change(id: string, { displayName, externalId }: GroupProfile): Promise<boolean> {
    const rows = await this.database.query(
      `update directory_groups set display_name = $2, external_id = $3
        where id = $1 and not exists (select from directory_groups o where o.display_name_key = lower($2)
                                         and o.deleted_at is null and o.id <> $1) returning id`,
      [id, displayName, externalId],
    );
    return rows.length > 0;
  }

  /** Hides a group from directories and from rules. The row and its memberships stay as history. */
  async hide(id: string): Promise<void> {
    await this.database.query('update directory_groups set deleted_at = now() where id = $1', [id]);
  }
}

function groupOf(row: GroupRow): DirectoryGroup {
  return {
    id: row.id,
    displayName: row.display_name,
    externalId: row.external_id,
    createdAt: new Date(row.created_at),
    changedAt: new Date(row.changed_at),
    version: row.version,
  };
}

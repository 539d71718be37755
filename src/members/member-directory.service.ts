import { Injectable } from '@nestjs/common';
import { In, IsNull, Not } from 'typeorm';
import type { Role } from '../access/permissions';
import { Database } from '../database/database';
import { prepared, quick } from '../database/statement';
import { together } from '../database/together';
import { type KeysetPage, type PageRequest, type PageSource, readKeysetPage } from '../database/keyset-page';
import type { GroupOfMember } from './directory-groups/directory-group';
import type { MemberSource } from './member.entity';
import { Member } from './member.entity';
import { RoleSync } from './grants/role-sync.service';
import { Offboarding, type Receipt } from './offboarding/offboarding.service';
import { Reinstatement, type Returned } from './offboarding/reinstatement.service';

/** What a directory may say about a member. */
export interface DirectoryProfile {
  readonly userName: string;
  readonly email: string;
  readonly externalId: string | null;
  readonly displayName: string | null;
  readonly givenName: string | null;
  readonly familyName: string | null;
  readonly department: string | null;
  /** Everything else it sent, by its own names. */
  readonly scim: Record<string, unknown>;
}

/** A member as a directory sees one. */
export interface DirectoryMember extends DirectoryProfile {
  readonly id: string;
  readonly userId: string;
  readonly role: Role;
  readonly approver: boolean;
  readonly source: MemberSource;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly removedAt: Date | null;
  /** Undefined where nobody asked for them. */
  readonly groups?: readonly GroupOfMember[];
}

/** The columns of MemberRow, of a row `m`. As jsonb they would take twice as long to write. */
export const MEMBER_ROW = `row_to_json((select r from (
  select m.id, m.user_id, m.role, m.approver, m.source, m.user_name, m.email, m.external_id, m.display_name,
         m.given_name, m.family_name, m.department, m.scim, m.created_at, m.updated_at, m.removed_at) r))`;

/**
 * The groups of a member; null when there are none, which a single index look-up finds without calling the function.
 * `limit 1` forces that look-up: for `exists` PostgreSQL may read the memberships of all groups.
 */
const groupsOf = (id: string): string =>
  `case when (select true from directory_group_members d
               where d.workspace_id = current_workspace_id() and d.member_id = ${id} limit 1)
        then directory_groups_of(${id}) end`;

/** What of a member conditions and order of a page may be about, as SQL. */
export const MEMBER_COLUMNS = {
  id: 'm.id',
  userName: 'm.user_name',
  /** In lower case, and the one of the two that an index serves. */
  userNameKey: 'm.user_name_key',
  email: 'm.email',
  externalId: 'm.external_id',
  displayName: 'm.display_name',
  givenName: 'm.given_name',
  familyName: 'm.family_name',
  department: 'm.department',
  role: 'm.role',
  approver: 'm.approver',
  source: 'm.source',
  active: '(m.removed_at is null)',
  createdAt: 'm.created_at',
  updatedAt: 'm.updated_at',
  scim: 'm.scim',
  /** Ids of members with this email address (or any of these), as main or other address. In lower case. */
  idsWithEmail: (key: string): string =>
    `select e.id from members e where e.scim_deleted_at is null and e.email = ${key}
     union select o.member_id from member_other_emails o where o.email_key = ${key}`,
  /** Ids of members with this userName in lower case, or with this externalId. */
  idsWithUserName: (key: string): string =>
    `select n.id from members n where n.scim_deleted_at is null and n.user_name_key = ${key}`,
  idsWithExternalId: (key: string): string =>
    `select x.id from members x where x.scim_deleted_at is null and x.external_id = ${key}`,
  /** The member with this id; none when the text is not a UUID. */
  idsWithId: (key: string): string =>
    `select i.id from members i where i.scim_deleted_at is null
        and i.id = case when ${key}::text ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then ${key}::uuid end`,
  /** A jsonb array of the groups the member is in, or null. */
  groups: groupsOf('m.id'),
  /**
   * Whether the member is in the group with this id, directly or through nested groups. Finds the nested groups once,
   * so that PostgreSQL can start with the members of the page or with those of the groups, whichever are fewer.
   */
  withGroup: (key: string): string =>
    `exists (
       select from directory_group_members gm
        where gm.workspace_id = m.workspace_id and gm.member_id = m.id and gm.group_id = any (array(
          with recursive inside (id) as (
            select g.id from directory_groups g
             where g.deleted_at is null
               and g.id = case when ${key}::text ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then ${key}::uuid end
             union
            select g.id from inside i join directory_group_nestings n on n.group_id = i.id
              join directory_groups g on g.id = n.inner_id and g.deleted_at is null
          )
          select id from inside)))`,
} as const;

/** What pages of members are made of; see `page`. */
export const MEMBER_PAGES: PageSource = {
  from: 'members m where m.scim_deleted_at is null',
  columns: `${MEMBER_ROW} as member`,
  createdAt: 'm.created_at',
  id: 'm.id',
  total: `select tally_of('users', current_workspace_id())`,
};

const PAGES_WITH_GROUPS: PageSource = {
  ...MEMBER_PAGES,
  beside: (id) => `${groupsOf(id)} as groups`,
};

/** Whether the groups of members are read along with them. */
export interface WithGroups {
  readonly groups: boolean;
}

/** The columns of a profile, in the order of `valuesOf`. */
export const PROFILE =
  'user_name, email, external_id, display_name, given_name, family_name, department, scim';

const finding = (columns: string): string =>
  `select ${columns} from members m where m.scim_deleted_at is null and m.id = $1`;

const FIND = quick('member_of_directory', finding(`${MEMBER_ROW} as member`));

const FIND_WITH_GROUPS = quick(
  'member_of_directory_with_groups',
  finding(`${MEMBER_ROW} as member, ${MEMBER_COLUMNS.groups} as groups`),
);

const HOLD = prepared(
  'hold_member_of_directory',
  `select ${MEMBER_ROW} as member from members m where m.scim_deleted_at is null and m.id = $1 for no key update`,
);

const CHANGE = prepared(
  'change_member_of_directory',
  `update members m set (${PROFILE}) = ($2, $3, $4, $5, $6, $7, $8, $9::jsonb), updated_at = now()
    where m.id = $1 returning ${MEMBER_ROW} as member, ${MEMBER_COLUMNS.groups} as groups`,
);

const valuesOf = (profile: DirectoryProfile): unknown[] => [
  profile.userName,
  profile.email,
  profile.externalId,
  profile.displayName,
  profile.givenName,
  profile.familyName,
  profile.department,
  JSON.stringify(profile.scim),
];

export interface DirectoryCounts {
  readonly users: number;
  readonly groups: number;
}

const COUNTS = `
  select tally_of('users', id)::int as users, tally_of('groups', id)::int as groups from current_workspace_id() as id`;

/**
 * The members of the current workspace as directories see them: all except those that a directory has deleted, however
 * they joined. Records nothing in the audit log; the caller does.
 */
@Injectable()
export class MemberDirectoryService {
  constructor(
    private readonly database: Database,
    private readonly roles: RoleSync,
    private readonly offboarding: Offboarding,
    private readonly reinstatement: Reinstatement,
  ) {}

  async find(id: string, { groups }: WithGroups = { groups: false }): Promise<DirectoryMember | undefined> {
    const [found] = await this.database.query<FoundMember>(groups ? FIND_WITH_GROUPS : FIND, [id]);
    return found && memberOf(found);
  }

  /** The member, kept from being changed by others until this transaction ends. */
  async findForChange(id: string): Promise<DirectoryMember | undefined> {
    const [held] = await this.database.query<FoundMember>(HOLD, [id]);
    return held && memberOf(held);
  }

  /** As `findForChange`, before the member leaves the directory's sight, and with it every group. */
  async findForDeletion(id: string): Promise<DirectoryMember | undefined> {
    const [, member] = await together(this.prepareToHide(), this.findForChange(id));
    return member;
  }

  /** First of all in a transaction that will `hide`: changes of groups are over by then, or wait. */
  prepareToHide(): Promise<void> {
    return this.roles.takeTurnAlone();
  }

  /** How many users and groups a directory sees. */
  async counts(): Promise<DirectoryCounts> {
    const [row] = await this.database.query<DirectoryCounts>(COUNTS);
    return row!;
  }

  /** A page of the members a condition over {@link MEMBER_COLUMNS} holds for, oldest first unless ordered otherwise. */
  async page(request: PageRequest, { groups }: WithGroups): Promise<KeysetPage<DirectoryMember>> {
    const source = groups ? PAGES_WITH_GROUPS : MEMBER_PAGES;
    const { rows, ...page } = await readKeysetPage<FoundMember>(this.database, source, request);
    return { ...page, rows: rows.map(memberOf) };
  }

  /** Whether another member has this userName or this email address. */
  async findClash(
    { userName, email }: Pick<DirectoryProfile, 'userName' | 'email'>,
    exceptId?: string,
  ): Promise<'userName' | 'email' | undefined> {
    const [row] = await this.database.query<{ same_name: boolean }>(
      `select user_name_key = lower($1) as same_name from members
        where scim_deleted_at is null and (user_name_key = lower($1) or email = $2) and id is distinct from $3
        order by 1 desc limit 1`,
      [userName, email, exceptId ?? null],
    );
    return row && (row.same_name ? 'userName' : 'email');
  }

  /** Writes the profile that a directory sends and sets updatedAt. Then applies the rules to the member. */
  async change(before: DirectoryMember, profile: DirectoryProfile): Promise<DirectoryMember> {
    const { id, department, externalId } = before;
    const [changed] = await this.database.query<FoundMember>(CHANGE, [id, ...valuesOf(profile)]);
    // Whose department counts depends on whether a directory knows the member by an id of its own.
    if (profile.department === department && profile.externalId === externalId) return memberOf(changed!);
    await this.roles.sync(id, 'directory');
    return (await this.find(id, { groups: true }))!;
  }

  /**
   * Takes these members out, with all that opens the workspace to them; see Offboarding, also for `first`. Throws the
   * database's GH001 for the last admin.
   */
  deactivate(ids: readonly string[], first: (receipt: Receipt) => void): Promise<Receipt[]> {
    return this.offboarding.end(ids, 'scim', first);
  }

  /** As `deactivate`; whoever must stay stays, and is answered with why. */
  deactivateWhoMay(
    ids: readonly string[],
    first: (receipt: Receipt) => void,
  ): Promise<{ receipts: Receipt[]; stayed: { memberId: string; code: string }[] }> {
    return this.offboarding.endWhoMay(ids, 'scim', first);
  }

  /**
   * Says of whoever is out only because their directory was switched off that it wants them out: taking that back does not
   * let them in. Answers whether that is new.
   */
  async keepOut(id: string): Promise<boolean> {
    const rows = await this.database.query(
      `update members set removal_reason = 'scim', updated_at = now()
        where id = $1 and removal_reason = 'directory_switched_off' returning id`,
      [id],
    );
    return rows.length > 0;
  }

  /** Lets the member in again; see Reinstatement. Sessions and keys that ended stay ended. */
  reactivate(id: string, first: (returned: Returned) => void): Promise<void> {
    return this.reinstatement.byDirectory(id, first);
  }

  /**
   * Hides removed members from directories. This takes them out of all groups and of the roles that rules give for
   * those. The rows and their history stay.
   */
  async hide(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const hidden = { scimDeletedAt: () => 'now()', updatedAt: () => 'now()' };
    await this.members.update(
      { id: In([...ids]), removedAt: Not(IsNull()), scimDeletedAt: IsNull() },
      hidden,
    );
    await this.roles.syncAll(ids, 'directory');
  }

  private get members() {
    return this.database.repository(Member);
  }
}

interface MemberRow {
  id: string;
  user_id: string;
  role: Role;
  approver: boolean;
  source: MemberSource;
  user_name: string;
  email: string;
  external_id: string | null;
  display_name: string | null;
  given_name: string | null;
  family_name: string | null;
  department: string | null;
  scim: Record<string, unknown>;
  created_at: string;
  updated_at: string;
  removed_at: string | null;
}

/** `groups` is null for who is in none, and not there where nobody asked. */
export interface FoundMember {
  readonly member: MemberRow;
  readonly groups?: GroupOfMember[] | null;
}

export function memberOf({ member: row, groups }: FoundMember): DirectoryMember {
  return {
    id: row.id,
    userId: row.user_id,
    role: row.role,
    approver: row.approver,
    source: row.source,
    userName: row.user_name,
    email: row.email,
    externalId: row.external_id,
    displayName: row.display_name,
    givenName: row.given_name,
    familyName: row.family_name,
    department: row.department,
    scim: row.scim,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    removedAt: row.removed_at === null ? null : new Date(row.removed_at),
    ...(groups !== undefined && { groups: groups ?? [] }),
  };
}

import { Injectable } from '@nestjs/common';
import type { Role } from '../../access/permissions';
import { Database } from '../../database/database';
import type { MemberSource } from '../member.entity';
import type { Grant, GrantKind } from './effective-access';
import type { MatchedRule, RoleFacts } from './role-rules';

/** A grant as it is stored. */
export interface StoredGrant extends Grant {
  readonly id: string;
  readonly authorEmail: string | null;
  readonly createdAt: string;
}

/** A member with all that their access follows from. */
export interface MemberAccess {
  readonly id: string;
  readonly userId: string;
  readonly email: string;
  /** As every request sees it. */
  readonly role: Role;
  readonly approver: boolean;
  readonly removed: boolean;
  readonly source: MemberSource;
  readonly facts: RoleFacts;
  readonly grants: readonly StoredGrant[];
}

/** The grant that rules make; null: they make none. */
export interface RuleGrant {
  readonly memberId: string;
  readonly kind: Extract<GrantKind, 'rule' | 'scim'>;
  readonly role: Role;
  readonly approver: boolean;
  readonly rule: MatchedRule;
  readonly approverRule: MatchedRule | null;
  readonly authorId: string;
}

/** The groups that matter, of providers and of directories. */
export interface NamedGroups {
  readonly idp: readonly string[];
  readonly scim: readonly string[];
}

const NONE: NamedGroups = { idp: [], scim: [] };

/**
 * Facts and grants of members. $1: member ids, null for all. $2 and $3: the groups of identity providers and of
 * directories that the rules name, null for all; large directories have many more. The search starts at the named
 * groups and goes to the groups inside. Department: from the directory if one provisions the member, otherwise from
 * the identity provider they last signed in through. Of several accounts at one provider the last used counts, so that
 * an outdated account keeps no role. When that sign-in had too many groups for a token, the groups of the account used
 * before count.
 */
const ACCESS = `
  with recursive named (display_name, id) as (
    select display_name, id from directory_groups
     where display_name = any($3) and display_name_key in (select lower(unnest($3))) and deleted_at is null
     union
    select n.display_name, g.id from named n
      join directory_group_nestings i on i.group_id = n.id
      join directory_groups g on g.id = i.inner_id and g.deleted_at is null
  )
  select m.id, m.user_id as "userId", m.email, m.role, m.approver, m.removed_at is not null as removed, m.source,
         jsonb_build_object(
           'idpGroups', coalesce(
             (select jsonb_agg(jsonb_build_object('connectionId', i.connection_id, 'groups',
                       array(select g from unnest(i.groups) g where $2::text[] is null or g = any($2))))
                from (select distinct on (connection_id) connection_id, groups
                        from (select * from identities where member_id = m.id order by issuer offset 0) of_member
                       where groups is not null or not groups_overage
                       order by connection_id, last_sign_in_at desc nulls last) i
               where i.groups <> '{}'), '[]'),
           'scimGroups', case when $3::text[] is null then scim_groups_of(m.id) else array(
             select distinct n.display_name from named n
               join directory_group_members gm on gm.group_id = n.id and gm.member_id = m.id order by 1) end,
           'department', case
             when m.source = 'scim' or m.external_id is not null then m.department
             else nullif(coalesce(
               (select i.department from identities i where i.member_id = m.id and i.department is not null
                 order by i.last_sign_in_at desc nulls last limit 1), m.department), '') end
         ) as facts,
         coalesce(
           (select jsonb_agg(jsonb_build_object(
                     'id', g.id, 'kind', g.kind, 'origin', g.origin, 'role', g.role, 'approver', g.approver,
                     'rule', g.rule, 'approverRule', g.approver_rule, 'createdAt', g.created_at,
                     'authorId', g.author_id, 'authorEmail', a.email, 'authorRole', a.role,
                     'authorRemoved', coalesce(a.removed_at is not null, false)) order by g.created_at, g.kind, g.id)
              from member_grants g left join members a on a.id = g.author_id where g.member_id = m.id), '[]') as grants
    from members m where ($1::uuid[] is null or m.id = any($1)) order by m.id`;

/** Where grants are kept, with the facts that rules are about. Decides nothing. */
@Injectable()
export class AccessStore {
  constructor(private readonly database: Database) {}

  /** These members, or all of them, in the order of their ids. `groups` limits which of their groups are read. */
  read(ids: readonly string[] | null, groups: NamedGroups | null = null): Promise<MemberAccess[]> {
    return this.database.query<MemberAccess>(ACCESS, [ids, groups?.idp ?? null, groups?.scim ?? null]);
  }

  /** As `read`, for who decides nothing by groups. */
  readGrants(ids: readonly string[]): Promise<MemberAccess[]> {
    return this.read(ids, NONE);
  }

  /** Keeps these members, or all of them, from being changed by others until this transaction ends. */
  async lock(ids: readonly string[] | null): Promise<void> {
    await this.database.query(
      `select id from members where ($1::uuid[] is null or id = any($1)) order by id for no key update`,
      [ids],
    );
  }

  /** Writes or, with null, deletes the grants from rules of these members. One statement each, however many members. */
  async writeRuleGrants(grants: ReadonlyMap<string, RuleGrant | null>): Promise<void> {
    const gone = [...grants].filter(([, grant]) => grant === null).map(([id]) => id);
    const made = [...grants.values()].filter((grant) => grant !== null);
    if (gone.length > 0) {
      await this.database.query(`delete from member_grants where member_id = any($1) and origin = 'rules'`, [
        gone,
      ]);
    }
    if (made.length === 0) return;
    await this.database.query(
      `insert into member_grants (member_id, kind, origin, role, approver, rule, approver_rule, author_id)
       select w."memberId", w.kind, 'rules', w.role, w.approver, w.rule, w."approverRule", w."authorId"
         from jsonb_to_recordset($1) as w("memberId" uuid, kind text, role text, approver boolean, rule jsonb,
                                          "approverRule" jsonb, "authorId" uuid)
       on conflict (workspace_id, member_id, origin) do update
          set kind = excluded.kind, role = excluded.role, approver = excluded.approver, rule = excluded.rule,
              approver_rule = excluded.approver_rule, author_id = excluded.author_id, created_at = now()`,
      [JSON.stringify(made)],
    );
  }

  /**
   * Writes a manual grant: replaces the earlier grant of the same origin; fields that are undefined keep their value.
   */
  async writeManual(
    memberId: string,
    origin: 'invitation' | 'override',
    given: { role?: Role | undefined; approver?: boolean | undefined },
    authorId: string | null,
  ): Promise<void> {
    await this.database.query(
      `insert into member_grants as had (member_id, kind, origin, role, approver, author_id)
       values ($1, 'manual', $2, $3, $4, $5)
       on conflict (workspace_id, member_id, origin) do update
          set role = coalesce(excluded.role, had.role), approver = coalesce(excluded.approver, had.approver),
              author_id = excluded.author_id, created_at = now()`,
      [memberId, origin, given.role ?? null, given.approver ?? null, authorId],
    );
  }

  /**
   * Writes the grant of a directory. Null deletes it; the member then has the default of members whom a directory
   * adds.
   */
  async writeDirectoryGrant(
    memberId: string,
    given: { readonly role: Role | null; readonly approver: boolean | null } | null,
  ): Promise<void> {
    if (given) {
      await this.database.query(
        `insert into member_grants (member_id, kind, origin, role, approver) values ($1, 'scim', 'directory', $2, $3)
         on conflict (workspace_id, member_id, origin) do update
            set kind = 'scim', role = excluded.role, approver = excluded.approver, created_at = now()`,
        [memberId, given.role, given.approver],
      );
      return;
    }
    await this.database.query(
      `update member_grants set kind = 'default', role = 'viewer', approver = false, created_at = now()
        where member_id = $1 and origin = 'directory'`,
      [memberId],
    );
  }

  /** Deletes the manual override; returns whether there was one. */
  async withdrawOverride(memberId: string): Promise<boolean> {
    const rows = await this.database.query(
      `delete from member_grants where member_id = $1 and origin = 'override' returning id`,
      [memberId],
    );
    return rows.length > 0;
  }

  /**
   * For a member who returns: deletes all earlier grants except those from rules. `invitation` becomes the new grant;
   * without it the member has the default of a directory.
   */
  async startOver(
    memberId: string,
    invitation?: { readonly role: Role; readonly approver: boolean; readonly authorId: string },
  ): Promise<void> {
    await this.database.query(`delete from member_grants where member_id = $1 and origin <> 'rules'`, [
      memberId,
    ]);
    if (invitation) return this.writeManual(memberId, 'invitation', invitation, invitation.authorId);
    await this.database.query(
      `insert into member_grants (member_id, kind, origin, role, approver)
       values ($1, 'default', 'directory', 'viewer', false)`,
      [memberId],
    );
  }

  /** Writes role and approver of these members, effective from their next request on. One statement. */
  async writeEffective(
    changes: readonly { readonly id: string; readonly role: Role; readonly approver: boolean }[],
  ): Promise<void> {
    await this.database.query(
      `update members m set role = w.role, approver = w.approver, updated_at = now()
         from jsonb_to_recordset($1) as w(id uuid, role text, approver boolean) where m.id = w.id`,
      [JSON.stringify(changes.map(({ id, role, approver }) => ({ id, role, approver })))],
    );
  }

  async count(): Promise<number> {
    const [row] = await this.database.query<{ count: number }>('select count(*)::int as count from members');
    return row!.count;
  }

  /** How many members there are; no more than this many are counted. */
  async countUpTo(most: number): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(
      'select count(*)::int as count from (select from members limit $1) first',
      [most],
    );
    return row!.count;
  }

  async emailsOf(ids: readonly string[]): Promise<Map<string, string>> {
    if (ids.length === 0) return new Map();
    const rows = await this.database.query<{ id: string; email: string }>(
      'select id, email from members where id = any($1)',
      [ids],
    );
    return new Map(rows.map(({ id, email }) => [id, email]));
  }

  /** The next members in the order of their ids. */
  async idsAfter(id: string, most: number): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      'select id from members where id > $1 order by id limit $2',
      [id, most],
    );
    return rows.map((row) => row.id);
  }

  /** Members with a grant from rules that one of these authors saved, at most `most`. */
  async grantedBy(authorIds: readonly string[], most: number): Promise<string[]> {
    const rows = await this.database.query<{ member_id: string }>(
      `select member_id from member_grants where author_id = any($1) and origin = 'rules' order by member_id limit $2`,
      [authorIds, most],
    );
    return rows.map(({ member_id }) => member_id);
  }

  /**
   * The live admins. With `hold`, no other transaction can remove an admin until this one ends: it takes the same lock
   * as the trigger that protects the last admin.
   */
  async liveAdmins({ hold }: { hold: boolean }): Promise<string[]> {
    if (hold)
      await this.database.query(
        'select 1 from workspaces where id = current_workspace_id() for no key update',
      );
    const rows = await this.database.query<{ id: string }>(
      `select id from members where role = 'admin' and removed_at is null`,
    );
    return rows.map(({ id }) => id);
  }
}

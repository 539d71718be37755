import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import type { MemberAccess, StoredGrant } from './access-store.service';
import type { RoleFacts } from './role-rules';
import { groupsNamedBy, type RuleList } from './rule-evaluation';

/** Live members of whom rules and grants make the same. */
export interface Alike {
  readonly count: number;
  /** Who they are, in no order; only where that was asked. */
  readonly ids: readonly string[];
  /** All of them as one member, who has the id of the first and no name. */
  readonly member: MemberAccess;
}

interface Row {
  readonly count: number;
  readonly first: string;
  readonly ids: string[] | null;
  readonly role: MemberAccess['role'];
  readonly approver: boolean;
  readonly source: MemberAccess['source'];
  readonly idpGroups: RoleFacts['idpGroups'] | null;
  readonly scimGroups: string[] | null;
  readonly department: string | null;
  readonly grants:
    Omit<StoredGrant, 'id' | 'authorEmail' | 'authorRole' | 'authorRemoved' | 'createdAt'>[] | null;
}

/**
 * $1 and $2: reads the members with ids after $1 up to $2. $3 and $4: the groups of identity providers and directories
 * that the rules name; all others are left out. $5: whether rules name departments. $6: whether to return the ids. The
 * facts are the same as in AccessStore; here they are read for all members at once, in the order of their ids.
 */
const ALIKE = `
  with recursive named (display_name, id) as (
    select display_name, id from directory_groups
     where display_name = any($4) and display_name_key in (select lower(unnest($4::text[]))) and deleted_at is null
     union
    select n.display_name, g.id from named n
      join directory_group_nestings i on i.group_id = n.id
      join directory_groups g on g.id = i.inner_id and g.deleted_at is null
  ), said as (
    select member_id, jsonb_agg(jsonb_build_object('connectionId', connection_id, 'groups',
             array(select g from unnest(groups) g where g = any($3) order by 1)) order by connection_id) as groups
      from (select distinct on (member_id, connection_id) member_id, connection_id, groups from identities
             where member_id > $1 and member_id <= $2 and (groups is not null or not groups_overage)
             order by member_id, connection_id, last_sign_in_at desc nulls last) latest
     where groups && $3::text[] group by member_id
  ), placed as (
    select distinct on (member_id) member_id, department from identities
     where $5::boolean and member_id > $1 and member_id <= $2 and department is not null
     order by member_id, last_sign_in_at desc nulls last
  ), provisioned as (
    select gm.member_id, array_agg(distinct n.display_name) as groups
      from named n join directory_group_members gm on gm.group_id = n.id
     where gm.member_id > $1 and gm.member_id <= $2 group by gm.member_id
  ), given as (
    select member_id, jsonb_agg(jsonb_build_object('kind', kind, 'origin', origin, 'role', role, 'approver', approver,
             'rule', rule, 'approverRule', approver_rule, 'authorId', author_id) order by created_at, kind, id) as grants
      from member_grants where member_id > $1 and member_id <= $2 group by member_id
  ), live as (
    select m.id, m.role, m.approver, m.source, said.groups as idp_groups, provisioned.groups as scim_groups,
           case when not $5::boolean then null
                when m.source = 'scim' or m.external_id is not null then m.department
                else nullif(coalesce(placed.department, m.department), '') end as department,
           given.grants
      from members m
      left join said on said.member_id = m.id
      left join placed on placed.member_id = m.id
      left join provisioned on provisioned.member_id = m.id
      left join given on given.member_id = m.id
     where m.id > $1 and m.id <= $2 and m.removed_at is null
  )
  select count(*)::int as count, min(id::text) as first, case when $6::boolean then array_agg(id) end as ids,
         role, approver, source, idp_groups as "idpGroups", scim_groups as "scimGroups", department, grants
    from live group by role, approver, source, idp_groups, scim_groups, department, grants`;

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';
const AFTER_ALL = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * Counts members with equal facts and grants, for evaluations of the whole workspace: most members are like many
 * others. Changes nothing.
 */
@Injectable()
export class AlikeMembers {
  /** So many members are read by one statement: far from the time that statements have. */
  portion = 10_000;

  constructor(private readonly database: Database) {}

  /**
   * All live members, portion by portion in the order of their ids, as these rules can tell them apart. `named` is asked
   * before each portion: whether to say who they are.
   */
  async *inPortions(list: RuleList, named: () => boolean): AsyncGenerator<Alike[]> {
    const { idp, scim } = groupsNamedBy(list);
    const departments = list.rules.some(({ source }) => source === 'department');
    let after: string | undefined = BEFORE_ALL;
    while (after !== undefined) {
      const last = await this.lastOfPortion(after);
      const parameters = [after, last ?? AFTER_ALL, idp, scim, departments, named()];
      yield (await this.database.query<Row>(ALIKE, parameters)).map(alike);
      after = last;
    }
  }

  /** Undefined when all that are left are one portion. */
  private async lastOfPortion(after: string): Promise<string | undefined> {
    const [last] = await this.database.query<{ id: string }>(
      'select id from members where id > $1 order by id offset $2 limit 1',
      [after, this.portion - 1],
    );
    return last?.id;
  }
}

function alike({ count, ids, first, idpGroups, scimGroups, department, grants, ...held }: Row): Alike {
  const facts = { idpGroups: idpGroups ?? [], scimGroups: scimGroups ?? [], department };
  const member = { ...held, id: first, userId: '', email: '', removed: false, facts };
  return { count, ids: ids ?? [], member: { ...member, grants: (grants ?? []).map(stored) } };
}

/** The author's role is filled in by the caller: of the grants from rules only those of the future author are kept. */
const stored = (grant: NonNullable<Row['grants']>[number]): StoredGrant => ({
  ...grant,
  ...{ id: '', createdAt: '', authorEmail: null, authorRole: null, authorRemoved: false },
});

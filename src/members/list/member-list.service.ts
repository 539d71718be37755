import { Injectable } from '@nestjs/common';
import { type Role, ROLES } from '../../access/permissions';
import { Database } from '../../database/database';
import type { PageQuery } from '../../http/page';
import { Member, type MemberSource } from '../member.entity';
import { readMemberFilter } from '../member-filter';
import { MemberOrder, NEWEST_FIRST } from './member-order';

/** Which members, in which order. */
export interface MemberSelection extends PageQuery {
  readonly filter?: string;
  /** The beginning of an address, a name or a family name. */
  readonly search?: string;
  readonly sort?: string;
}

/** What is known of a member beside their row. */
export interface MemberFacts {
  /** Of a session; null for who never signed in. */
  readonly lastSeenAt: Date | null;
  /** The kinds of factors that are set up. */
  readonly factors: readonly string[];
}

export interface MemberName {
  readonly email: string;
  readonly displayName: string | null;
}

export interface MemberCounts {
  readonly active: number;
  readonly removed: number;
  /** Of active members, as the sources too. */
  readonly roles: Readonly<Record<Role, number>>;
  readonly sources: Readonly<Partial<Record<MemberSource, number>>>;
}

interface CountRow {
  readonly live: boolean;
  readonly role: Role;
  readonly source: MemberSource;
  readonly count: number;
}

const FACTS = `
  select m.id, (select max(s.last_used_at) from sessions s where s.member_id = m.id) as "lastSeenAt",
         array(select distinct f.type from factors f
                where f.member_id = m.id and f.confirmed_at is not null and f.type <> 'recovery' order by 1) as factors
    from unnest($1::uuid[]) as m(id)`;

/** No character of a name comes after this one in collation C. */
const LAST_CHARACTER = '\u{10FFFF}';

/** The members of the workspace in flight, as lists and numbers. */
@Injectable()
export class MemberList {
  constructor(private readonly database: Database) {}

  /** A page, and the cursor of the next one. Throws 400 `invalid_filter`, 400 `invalid_cursor`. One statement. */
  async page(selection: MemberSelection): Promise<{ members: Member[]; next: string | null }> {
    const { limit, cursor, filter, search, sort = NEWEST_FIRST } = selection;
    const order = new MemberOrder(sort);
    const parameters: unknown[] = [];
    const parameter = (value: unknown): string => `$${parameters.push(value)}`;

    const conditions = ['true'];
    if (filter !== undefined) {
      const condition = readMemberFilter(filter);
      conditions.push(
        condition.sql.replaceAll(/:(filter\d+)/g, (_, name: string) => parameter(condition.parameters[name])),
      );
    }
    // Found first and sorted then: in the order of the list one could walk past everybody before the first match.
    const found =
      search === undefined
        ? ''
        : `with matched as materialized (
             select * from members member where ${beginsWith(parameter(search), parameter(LAST_CHARACTER))})`;
    if (cursor !== undefined) {
      const { key, id } = order.decode(cursor);
      conditions.push(order.beyond(parameter(key), parameter(id)));
    }
    const rows = await this.database.query<Member & { place: string }>(
      `${found} select ${this.database.columnsOf(Member)}, place from (
         select member.*, (${order.sql})::text as place from ${search === undefined ? 'members' : 'matched'} member ${order.join}
          where ${conditions.join(' and ')} order by ${order.by} limit ${parameter(limit + 1)}::int) shown`,
      parameters,
    );
    const members = rows.slice(0, limit).map(({ place: _, ...row }) => Object.assign(new Member(), row));
    const last = rows[limit - 1];
    const next = rows.length > limit ? order.encode({ key: last!.place, id: last!.id }) : null;
    return { members, next };
  }

  /** For each of these members; one statement. */
  async factsOf(ids: readonly string[]): Promise<ReadonlyMap<string, MemberFacts>> {
    const rows = await this.database.query<MemberFacts & { id: string }>(FACTS, [ids]);
    return new Map(rows.map(({ id, ...facts }) => [id, facts]));
  }

  /** What people know these members by; one statement. */
  async namesOf(ids: readonly string[]): Promise<ReadonlyMap<string, MemberName>> {
    const rows = await this.database.query<MemberName & { id: string }>(
      'select id, email, display_name as "displayName" from members where id = any($1::uuid[])',
      [ids],
    );
    return new Map(rows.map(({ id, ...name }) => [id, name]));
  }

  async counts(): Promise<MemberCounts> {
    const rows = await this.database.query<CountRow>(
      `select removed_at is null as live, role, source, count(*)::int as count from members group by 1, 2, 3`,
    );
    const live = rows.filter((row) => row.live);
    const sources = [...new Set(live.map(({ source }) => source))].sort();
    return {
      active: sum(live),
      removed: sum(rows) - sum(live),
      roles: Object.fromEntries(
        ROLES.map((role) => [role, sum(live.filter((row) => row.role === role))]),
      ) as Record<Role, number>,
      sources: Object.fromEntries(
        sources.map((source) => [source, sum(live.filter((row) => row.source === source))]),
      ),
    };
  }
}

const sum = (rows: readonly CountRow[]): number => rows.reduce((total, { count }) => total + count, 0);

/** Ranges, each of which an index serves; `like` would not be, under row-level security. */
function beginsWith(text: string, last: string): string {
  const from = `lower(${text}::text) collate "C"`;
  const to = `(lower(${text}::text) || ${last}::text) collate "C"`;
  const ranges = ['member.email collate "C"', 'member.name_key', 'member.family_key'];
  return `(${ranges.map((key) => `${key} >= ${from} and ${key} < ${to}`).join(' or ')})`;
}

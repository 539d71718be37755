import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import type { RuleSource } from '../grants/role-rules';

/** A group or department that somebody here has, as rules have to write it. */
export interface KnownValue {
  readonly value: string;
  readonly sources: readonly RuleSource[];
}

/**
 * $1: how many groups, accounts of each connection and members are looked at, each in the order of an index: the
 * newest, but for accounts, which have none by age.
 */
const KNOWN = `
  select value, array_agg(distinct source order by source) as sources from (
    (select display_name as value, 'scim_group' as source from directory_groups where deleted_at is null
      order by id desc limit $1)
     union all
    select g, 'idp_group' from sso_connections c cross join lateral (
      select groups from identities i where i.connection_id = c.id order by i.issuer, i.subject limit $1) i,
      unnest(i.groups) g
     union all
    select department, 'department' from (
      select department from members where scim_deleted_at is null order by created_at desc, id desc limit $1) m
      where department is not null
  ) known group by value order by lower(value), value limit $2`;

const MOST_LOOKED_AT = 200;
const MOST_VALUES = 500;

/** Groups and departments to choose from when rules are written: a sample, the same at however many members. */
@Injectable()
export class KnownValues {
  constructor(private readonly database: Database) {}

  /** In alphabetical order. One statement. */
  list(): Promise<KnownValue[]> {
    return this.database.query<KnownValue>(KNOWN, [MOST_LOOKED_AT, MOST_VALUES]);
  }
}

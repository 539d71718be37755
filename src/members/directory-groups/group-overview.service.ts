import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { decodeCursor, type PageQuery } from '../../http/page';

/** A group as shown to admins who write role mappings. */
export interface ListedGroup {
  readonly id: string;
  readonly displayName: string;
  readonly externalId: string | null;
  readonly memberCount: number;
  readonly mapped: boolean;
  readonly createdAt: Date;
  readonly changedAt: Date;
}

/** Lists directory groups for people, who choose from them when they write rules. */
@Injectable()
export class GroupOverview {
  constructor(private readonly database: Database) {}

  /** Newest first; one row more than the page holds. One statement. Throws 400 `invalid_cursor`. */
  list({ limit, cursor, search }: PageQuery & { search?: string }): Promise<ListedGroup[]> {
    return this.database.query<ListedGroup>(
      `select g.id, g.display_name as "displayName", g.external_id as "externalId", g.created_at as "createdAt",
              (select max(t.at) from tallies t where t.subject = g.id and t.kind = 'changes') as "changedAt",
              tally_of('members', g.id)::int as "memberCount",
              exists (select from role_mappings r
                       where r.source = 'scim_group' and r.value = g.display_name) as mapped
         from directory_groups g
        where g.deleted_at is null
          and ($1::uuid is null or g.id < $1)
          and ($2::text is null or strpos(g.display_name_key, lower($2)) > 0)
        order by g.id desc limit $3`,
      [cursor === undefined ? null : decodeCursor(cursor), search ?? null, limit + 1],
    );
  }
}

import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { NotFound } from '../../http/problems';
import type { KnownPerson } from '../../personal-data/personal-data';
import { RULES_TURN } from '../grants/rule-store.service';

interface PersonRow {
  email: string;
  user_id: string;
  external_id: string | null;
  names: (string | null)[];
  subjects: KnownPerson['subjects'];
  is_elsewhere: boolean;
}

type Known = KnownPerson & { readonly email: string };

/** True for an address that belongs to somebody else by now. */
const IS_ANOTHERS = `exists (
  select from members o where o.id <> m.id and o.email = f.name
   union all select from members o where o.id <> m.id and o.user_name_key = f.name
   union all select from member_other_emails o where o.member_id <> m.id and o.email_key = f.name)`;

/** Finds all identifiers by which the current workspace knows a person. */
@Injectable()
export class PeopleKnown {
  constructor(private readonly database: Database) {}

  /**
   * Locks the member and then their user until the transaction ends. If two workspaces erase the same person at once,
   * the second therefore sees that it is the last that knew them. Throws NotFound, also for an erased member.
   */
  async hold(memberId: string): Promise<Known> {
    // Erasing a member removes them from all groups, so the lock of role rules comes first, as with every change of
    // groups.
    await this.database.query(`select pg_advisory_xact_lock(${RULES_TURN})`);
    const [member] = await this.database.query<{ user_id: string }>(
      'select user_id from members where id = $1 for no key update',
      [memberId],
    );
    await this.database.query('select from users where id = $1 for no key update', [member?.user_id]);
    return this.read(memberId);
  }

  /** As `hold`, without locks. */
  find(memberId: string): Promise<Known> {
    return this.read(memberId);
  }

  private async read(memberId: string): Promise<Known> {
    const [row] = await this.database.query<PersonRow>(
      `select m.email, m.user_id, m.external_id,
              array[m.email, m.user_name, u.email] || array(
                select i.email from identities i where i.member_id = m.id
                 union select i.subject from identities i where i.member_id = m.id and i.subject like '%@%'
                 union select e ->> 'value' from jsonb_array_elements(coalesce(m.scim -> 'emails', '[]')) e
                 union select f.name from member_former_names f where f.member_id = m.id and not ${IS_ANOTHERS}
              ) as names,
              coalesce((select jsonb_agg(jsonb_build_object('connectionId', i.connection_id, 'subject', i.subject))
                          from identities i where i.member_id = m.id), '[]') as subjects,
              exists (select from user_workspaces w where w.user_id = m.user_id and w.workspace_id <> m.workspace_id)
                as is_elsewhere
         from members m join users u on u.id = m.user_id
        where m.id = $1 and m.email not like '%@erased.invalid'`,
      [memberId],
    );
    if (!row) throw new NotFound('Member');
    const names = row.names.filter((name) => name !== null).map((name) => name.toLowerCase());
    return {
      memberId,
      userId: row.user_id,
      email: row.email,
      names: [...new Set(names)],
      externalId: row.external_id,
      subjects: row.subjects,
      isElsewhere: row.is_elsewhere,
    };
  }
}

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

/** An address that somebody else has by now leads to them. */
const IS_ANOTHERS = `exists (
  select from members o where o.id <> m.id and o.email = f.name
   union all select from members o where o.id <> m.id and o.user_name_key = f.name
   union all select from member_other_emails o where o.member_id <> m.id and o.email_key = f.name)`;

/** Finds everything by which the workspace in flight knows somebody. */
@Injectable()
export class PeopleKnown {
  constructor(private readonly database: Database) {}

  /**
   * The member is held until the transaction ends, and then their user: of two workspaces that erase them at the same
   * moment, the second is the last that knew them. Throws NotFound, also for whoever was erased before.
   */
  async hold(memberId: string): Promise<Known> {
    // Who is erased leaves every group: changes of those are over by then, or wait.
    await this.database.query(`select pg_advisory_xact_lock(${RULES_TURN})`);
    const [member] = await this.database.query<{ user_id: string }>(
      'select user_id from members where id = $1 for no key update',
      [memberId],
    );
    await this.database.query('select from users where id = $1 for no key update', [member?.user_id]);
    return this.read(memberId);
  }

  /** As they are known at this moment; nobody waits. Throws NotFound as `hold` does. */
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

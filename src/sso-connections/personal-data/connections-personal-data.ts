import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database';
import { namingPattern } from '../../personal-data/naming-pattern';
import { type KnownPerson, PersonalData, type PersonalDataSource } from '../../personal-data/personal-data';

const ATTEMPTS_OF = `(member_id = $1 or lower(email) = any($2) or lower(subject) = any($2)
  or subject = any($3) or lower(started_by ->> 'email') = any($2))`;

/** What sign-ins of theirs left behind, and where their name stands as an author or a contact. */
@Injectable()
export class ConnectionsPersonalData implements PersonalDataSource, OnModuleInit {
  readonly name = 'loginAttempts';

  constructor(
    private readonly database: Database,
    private readonly data: PersonalData,
  ) {}

  onModuleInit(): void {
    this.data.add(this);
  }

  export(person: KnownPerson): Promise<unknown> {
    return this.database.query(
      `select id, connection_id as "connectionId", kind, status, code, started_at as "startedAt", subject, email,
              statement, attributes, role
         from login_attempts where ${ATTEMPTS_OF} order by id`,
      parametersOf(person),
    );
  }

  async erase(person: KnownPerson): Promise<void> {
    await this.database.query(
      `update login_attempts set subject = null, email = null, statement = null, attributes = null, checks = '[]',
              witness = null, started_by = started_by - 'email'
        where ${ATTEMPTS_OF}`,
      parametersOf(person),
    );
    await this.forgetRefused(person.names.filter((name) => name.includes('@')));
    await this.database.query(
      `update connection_revisions
          set author = case when lower(author ->> 'email') = any($1) then author - 'email' else author end,
              tested_by = case when lower(tested_by ->> 'email') = any($1) then tested_by - 'email' else tested_by end
        where lower(author ->> 'email') = any($1) or lower(tested_by ->> 'email') = any($1)`,
      [person.names],
    );
    await this.database.query(
      'update setup_links set contact_email = null where lower(contact_email) = any($1)',
      [person.names],
    );
  }

  /** Of a sign-in that was refused on the way nobody knows whose it was; an address may stand in what was said. */
  private async forgetRefused(addresses: readonly string[]): Promise<void> {
    await this.database.query(
      `update login_attempts
          set subject = null, statement = null, attributes = null, checks = '[]', witness = null
        where member_id is null
          and lower(concat_ws(' ', checks::text, statement::text, attributes::text)) ~ $1`,
      [namingPattern(addresses)],
    );
  }
}

function parametersOf({ memberId, names, subjects }: KnownPerson): unknown[] {
  return [memberId, names, subjects.map(({ subject }) => subject)];
}

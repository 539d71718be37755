import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database';
import { addressPattern } from '../../personal-data/naming-pattern';
import { type KnownPerson, PersonalData, type PersonalDataSource } from '../../personal-data/personal-data';
import { IN_PORTION, type Portion, portionsOf } from '../../personal-data/portions';

const ATTEMPTS_OF = `(member_id = $4 or lower(email) = any($5) or lower(subject) = any($5)
  or subject = any($6) or lower(started_by ->> 'email') = any($5))`;
/** Refused sign-ins that are not assigned to a member, but contain one of the person's addresses. */
const REFUSED = `member_id is null
  and lower(concat_ws(' ', checks::text, statement::text, attributes::text)) ~ $4`;

/** Personal data of sign-ins, and the person's name as author or contact of connections. */
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

  async export(person: KnownPerson): Promise<unknown> {
    const found: object[] = [];
    for await (const portion of this.portions('all')) {
      found.push(
        ...(await this.database.query<object>(
          `select id, connection_id as "connectionId", kind, status, code, started_at as "startedAt", subject, email,
                  statement, attributes, role
             from login_attempts where ${IN_PORTION} and connection_id = $3 and ${ATTEMPTS_OF} order by id`,
          [...portion, ...parametersOf(person)],
        )),
      );
    }
    return found;
  }

  sweep(person: KnownPerson): Promise<void> {
    return this.forgetAttempts(person, 'all');
  }

  async erase(person: KnownPerson): Promise<void> {
    await this.forgetAttempts(person, 'new');
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

  private async forgetAttempts(person: KnownPerson, which: 'all' | 'new'): Promise<void> {
    const pattern = addressPattern(person.names);
    for await (const portion of this.portions(which)) {
      await this.database.query(
        `update login_attempts set subject = null, email = null, statement = null, attributes = null, checks = '[]',
                witness = null, started_by = started_by - 'email'
          where ${IN_PORTION} and connection_id = $3 and ${ATTEMPTS_OF}`,
        [...portion, ...parametersOf(person)],
      );
      await this.database.query(
        `update login_attempts
            set subject = null, statement = null, attributes = null, checks = '[]', witness = null
          where ${IN_PORTION} and connection_id = $3 and ${REFUSED}`,
        [...portion, pattern],
      );
    }
  }

  /**
   * Portions per connection, as the index requires. A single person can cause any number of rows by refused sign-ins.
   */
  private async *portions(
    which: 'all' | 'new',
  ): AsyncGenerator<readonly [...portion: Portion, connectionId: string]> {
    for (const { id } of await this.database.query<{ id: string }>('select id from sso_connections')) {
      const attempts = { table: 'login_attempts', condition: 'connection_id = $3', parameters: [id] };
      for await (const portion of portionsOf(this.database, attempts, which)) yield [...portion, id];
    }
  }
}

function parametersOf({ memberId, names, subjects }: KnownPerson): unknown[] {
  return [memberId, names, subjects.map(({ subject }) => subject)];
}

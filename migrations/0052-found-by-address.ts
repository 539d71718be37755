import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whoever is named by an address, or by a name at a provider, is found by an index, however it is written. */
export class FoundByAddress1764000000052 implements MigrationInterface {
  readonly name = 'FoundByAddress1764000000052';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(OTHER_EMAILS);
    await runner.query(IDENTITIES);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const OTHER_EMAILS = `
  -- members.email has its domain as DNS writes it. A directory that writes it in another script is shown what it wrote,
  -- and finds it: that is another address then, although it is the only one.
  drop trigger keep_other_emails_of_new on members;
  create trigger keep_other_emails_of_new after insert on members for each row
    when (new.scim #> '{emails,1}' is not null or lower(new.scim #>> '{emails,0,value}') <> new.email)
    execute function keep_other_emails();
  drop trigger keep_other_emails on members;
  create trigger keep_other_emails after update of scim, email on members for each row
    when ((old.scim #> '{emails,1}' is not null or new.scim #> '{emails,1}' is not null
           or lower(old.scim #>> '{emails,0,value}') <> old.email or lower(new.scim #>> '{emails,0,value}') <> new.email)
      and (old.scim -> 'emails', old.email) is distinct from (new.scim -> 'emails', new.email))
    execute function keep_other_emails();
`;

const IDENTITIES = `
  -- Providers write names in any case, and under row-level security no index serves lower(), which is not leakproof.
  alter table identities
    add column subject_key text collate "C" generated always as (lower(subject)) stored,
    add column email_key text collate "C" generated always as (lower(email)) stored;
  create index identities__subject on identities (subject_key);
  create index identities__email on identities (email_key) where email_key is not null;
`;

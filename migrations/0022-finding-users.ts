import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What directories find users by, in an order and in places that indexes serve under row-level security. */
export class FindingUsers1764000000022 implements MigrationInterface {
  readonly name = 'FindingUsers1764000000022';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(NAMES);
    await runner.query(OTHER_EMAILS);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

/** By code points: then one index finds a name, finds names by how they begin, and sorts by name. */
const NAMES = `
  alter table members alter column user_name_key type text collate "C";
  alter table directory_groups alter column display_name_key type text collate "C";
`;

const OTHER_EMAILS = `
  -- Addresses of a member beside the one in members.email, in lower case, for directories that look for somebody by
  -- any of them. Kept by triggers; most members have none.
  create table member_other_emails (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    email_key text collate "C" not null,
    member_id uuid not null,
    constraint member_other_emails__key primary key (workspace_id, email_key, member_id),
    constraint member_other_emails__member foreign key (workspace_id, member_id) references members (workspace_id, id)
  );
  create index member_other_emails__member on member_other_emails (workspace_id, member_id);

  create function keep_other_emails() returns trigger language plpgsql as $$ begin
    if tg_op = 'UPDATE' then
      delete from member_other_emails where workspace_id = new.workspace_id and member_id = new.id;
    end if;
    if jsonb_typeof(new.scim -> 'emails') = 'array' then
      insert into member_other_emails (workspace_id, email_key, member_id)
      select distinct new.workspace_id, lower(entry ->> 'value'), new.id
        from jsonb_array_elements(new.scim -> 'emails') entry
       where entry ->> 'value' <> '' and lower(entry ->> 'value') <> new.email;
    end if;
    return null;
  end $$;
  -- The one address of a member who has one is members.email.
  create trigger keep_other_emails_of_new after insert on members for each row
    when (new.scim #> '{emails,1}' is not null) execute function keep_other_emails();
  create trigger keep_other_emails after update of scim, email on members for each row
    when ((old.scim #> '{emails,1}' is not null or new.scim #> '{emails,1}' is not null)
      and (old.scim -> 'emails', old.email) is distinct from (new.scim -> 'emails', new.email))
    execute function keep_other_emails();

  -- The owner sees the rows of all workspaces for this one statement.
  alter table members no force row level security;
  insert into member_other_emails (workspace_id, email_key, member_id)
  select distinct m.workspace_id, lower(entry ->> 'value'), m.id
    from members m, jsonb_array_elements(m.scim -> 'emails') entry
   where m.scim #> '{emails,1}' is not null and entry ->> 'value' <> '' and lower(entry ->> 'value') <> m.email;
  alter table members force row level security;

  call confine_to_workspace('member_other_emails', 'select, insert, delete');
`;

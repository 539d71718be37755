import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people were called before, so that erasing somebody finds what was written to and about them then. */
export class AddressesOfBefore1764000000068 implements MigrationInterface {
  readonly name = 'AddressesOfBefore1764000000068';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(FORMER_NAMES);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const FORMER_NAMES = `
  -- Addresses and sign-in names that a member had and has no more, in lower case. Kept by triggers; most have none.
  create table member_former_names (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    member_id uuid not null,
    name text collate "C" not null,
    constraint member_former_names__key primary key (workspace_id, member_id, name),
    constraint member_former_names__member foreign key (workspace_id, member_id) references members (workspace_id, id)
  );

  create function keep_former_names() returns trigger language plpgsql as $$ begin
    insert into member_former_names (workspace_id, member_id, name)
    select old.workspace_id, old.id, name from (
      select old.email as name union select lower(old.user_name)
       union select lower(entry ->> 'value')
               from jsonb_array_elements(
                 case jsonb_typeof(old.scim -> 'emails') when 'array' then old.scim -> 'emails' else '[]' end) entry
    ) named where name <> ''
    on conflict do nothing;
    return null;
  end $$;
  create trigger keep_former_names after update of email, user_name, scim on members for each row
    when (new.removal_reason is distinct from 'erased'
      and (old.email, old.user_name, old.scim -> 'emails')
        is distinct from (new.email, new.user_name, new.scim -> 'emails'))
    execute function keep_former_names();

  create function keep_former_address() returns trigger language plpgsql as $$ begin
    insert into member_former_names (workspace_id, member_id, name)
    values (old.workspace_id, old.member_id, lower(old.email)) on conflict do nothing;
    return null;
  end $$;
  create trigger keep_former_address after update of email on identities for each row
    when (old.email <> new.email) execute function keep_former_address();

  call confine_to_workspace('member_former_names', 'select, insert, delete');
`;

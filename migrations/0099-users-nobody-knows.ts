import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A user is nobody's once each workspace that knew them has erased them, or once their only member is somebody else's.
 * Which workspaces still know somebody is therefore kept up to date.
 */
export class UsersNobodyKnows1764000000099 implements MigrationInterface {
  readonly name = 'UsersNobodyKnows1764000000099';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(WORKSPACES_OF_USERS);
    await runner.query(THOSE_OF_BEFORE);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const WORKSPACES_OF_USERS = `
  grant delete on user_workspaces to gatehouse_app;

  -- As before, also for who was erased here and is in again. The user that a directory had made for somebody who turns
  -- out to be another, and whom nobody ever proved to be, leads to nobody from then on.
  create or replace function index_member() returns trigger language plpgsql as $$ begin
    insert into user_workspaces (user_id, workspace_id) values (new.user_id, new.workspace_id) on conflict do nothing;
    if new.user_id <> old.user_id then
      update users u set email = 'left-' || u.id || '@erased.invalid', name = null
       where u.id = old.user_id and not u.email_claimed
         and not exists (select from user_workspaces w where w.user_id = u.id and w.workspace_id <> old.workspace_id);
    end if;
    return null;
  end $$;
  drop trigger index_member on members;
  create trigger index_member after update of user_id, removed_at on members for each row
    when (new.user_id <> old.user_id or old.removed_at is not null and new.removed_at is null)
    execute function index_member();
`;

const THOSE_OF_BEFORE = `
  -- The owner sees the rows of all workspaces for these statements.
  alter table members no force row level security;
  delete from user_workspaces w using members m
   where m.user_id = w.user_id and m.workspace_id = w.workspace_id and m.email like 'erased-%@erased.invalid';
  delete from user_workspaces w
   where not exists (select from members m where m.user_id = w.user_id and m.workspace_id = w.workspace_id);
  alter table members force row level security;
  update users u set email = 'left-' || u.id || '@erased.invalid', name = null, password_hash = null, email_claimed = false
   where u.email not like '%@erased.invalid'
     and not exists (select from user_workspaces w where w.user_id = u.id);
  delete from known_devices d using users u where u.id = d.user_id and u.email like 'left-%@erased.invalid';
`;

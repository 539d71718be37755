import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * User names compare without case, and an index on lower(user_name) cannot serve that: under row-level security
 * PostgreSQL searches an index only by functions it knows to leak nothing, and lower() is none of them. So the
 * folded name is a column of its own, kept by a trigger, compared by plain equality.
 */
export class UserNameKey1764000000009 implements MigrationInterface {
  readonly name = 'UserNameKey1764000000009';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table members add column user_name_key text;

      create function key_user_name() returns trigger language plpgsql as $$ begin
        new.user_name_key = lower(new.user_name);
        return new;
      end $$;
      create trigger key_user_name before insert or update of user_name on members
        for each row execute function key_user_name();

      -- The owner sees the rows of all workspaces for this one statement.
      alter table members no force row level security;
      update members set user_name = user_name;
      alter table members force row level security;

      alter table members alter column user_name_key set not null;
      drop index members__user_name__unique;
      create unique index members__user_name__unique on members (workspace_id, user_name_key)
        where scim_deleted_at is null;
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

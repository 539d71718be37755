import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What every later table stands on: ids, the current workspace, the role the service works as, and the one
 * procedure that confines a table to its workspace.
 */
export class Foundation1764000000001 implements MigrationInterface {
  readonly name = 'Foundation1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- UUIDv7 on every supported server: PostgreSQL 18 has its own, older ones get one here.
      do $$ begin
        if current_setting('server_version_num')::int >= 180000 then
          execute 'create function new_id() returns uuid language sql volatile as ''select uuidv7()''';
        else
          execute $body$
            create function new_id() returns uuid language sql volatile as '
              select encode(
                set_bit(set_bit(
                  overlay(uuid_send(gen_random_uuid())
                    placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
                    from 1 for 6),
                  52, 1), 53, 1), ''hex'')::uuid'
          $body$;
        end if;
      end $$`);

    await runner.query(`
      -- The workspace of the running transaction. Unset means no workspace, and so no rows: never an error.
      create function current_workspace_id() returns uuid language sql stable
        as $$ select nullif(current_setting('gatehouse.workspace_id', true), '')::uuid $$`);

    // Roles belong to the whole server: another database of it may have created this one a moment ago.
    await runner.query(`
      do $$ begin
        if not exists (select from pg_roles where rolname = 'gatehouse_app') then
          begin
            create role gatehouse_app nologin;
          exception when duplicate_object or unique_violation then null;
          end;
        end if;
        if not pg_has_role(current_user, 'gatehouse_app', 'member') then
          execute format('grant gatehouse_app to %I', current_user);
        end if;
      end $$`);
    await runner.query(`grant usage on schema public to gatehouse_app`);

    await runner.query(`
      -- Every table of a workspace ends with a call of this: rows of other workspaces do not exist for the
      -- service, not even for the owner of the table. \`privileges\` may be narrower (the audit log only grows).
      create procedure confine_to_workspace(target regclass, privileges text default 'select, insert, update, delete')
      language plpgsql as $$ begin
        execute format('alter table %s enable row level security', target);
        execute format('alter table %s force row level security', target);
        execute format(
          'create policy workspace on %s using (workspace_id = current_workspace_id())
             with check (workspace_id = current_workspace_id())', target);
        execute format('grant %s on %s to gatehouse_app', privileges, target);
      end $$`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

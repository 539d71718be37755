import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A row says once which workspace it is of, and what is written all the time locks no workspace. */
export class WorkspacesNamedOnce1764000000075 implements MigrationInterface {
  readonly name = 'WorkspacesNamedOnce1764000000075';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [IMPLIED, WRITTEN_ALL_THE_TIME]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const IMPLIED = `
  -- A row that must belong to a member, a connection or the like refers to it together with the workspace of both. A
  -- reference of its own to the workspace could refuse nothing that this one does not, and PostgreSQL would look the
  -- workspace up and lock its row for every row that is written.
  do $$
  declare
    implied record;
  begin
    for implied in
      select f.conrelid::regclass as of_table, f.conname from pg_constraint f
       where f.contype = 'f' and f.confrelid = 'workspaces'::regclass and exists (
         select from pg_constraint belonging
          where belonging.contype = 'f' and belonging.conrelid = f.conrelid and belonging.conkey @> f.conkey
            and cardinality(belonging.conkey) > 1 and not exists (
              select from pg_attribute a
               where a.attrelid = f.conrelid and a.attnum = any (belonging.conkey) and not a.attnotnull))
    loop
      execute format('alter table %s drop constraint %I', implied.of_table, implied.conname);
    end loop;
  end $$;
`;

const WRITTEN_ALL_THE_TIME = `
  -- As audit_events: the service writes in workspaces only that it found, and no workspace is ever deleted.
  alter table scim_activity drop constraint scim_activity_workspace_id_fkey;
  alter table audit_people drop constraint audit_people_workspace_id_fkey;
`;

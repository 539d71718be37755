import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How changes of groups stay out of each other's way, how holds end with their directory, and who may set roles. */
export class DirectoriesInLine1764000000036 implements MigrationInterface {
  readonly name = 'DirectoriesInLine1764000000036';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [ENTER_GROUP, LEFTOVERS, HOLDS, POLICY]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const ENTER_GROUP = `
  -- Whether a change of a group moves the shape of things: groups in groups, or a name.
  create function moves_shape(of_group uuid, ids uuid[], new_name text, looks_at_all boolean) returns boolean
  language sql volatile as $$
    select exists (select from directory_groups where id = any (ids) and deleted_at is null)
        or exists (select from directory_groups where id = of_group and display_name <> new_name)
        or looks_at_all and exists (select from directory_group_nestings where group_id = of_group)
  $$;

  -- Takes the turn of role rules for a change of a group: alone when it moves the shape of things, else shared. While
  -- it waits another change may make this one of the first kind. So it looks once more when it has the shared turn,
  -- under which no shape moves; should it be too little, it is given back with its block, and the turn taken alone.
  -- Answers which of the ids are groups.
  create function enter_group(turn bigint, of_group uuid, ids uuid[], new_name text, looks_at_all boolean)
  returns uuid[] language plpgsql volatile as $$ begin
    for attempt in 1 .. 2 loop
      begin
        if attempt = 2 or moves_shape(of_group, ids, new_name, looks_at_all) then
          perform pg_advisory_xact_lock(turn);
          exit;
        end if;
        perform pg_advisory_xact_lock_shared(turn);
        exit when not moves_shape(of_group, ids, new_name, looks_at_all);
        raise exception 'the shape moved meanwhile' using errcode = 'GH010';
      exception when sqlstate 'GH010' then null;
      end;
    end loop;
    return array(select id from directory_groups where id = any (ids) and deleted_at is null);
  end $$;
`;

/** Groups count neither groups nor users that are gone; those that came in while they went are taken out. */
const LEFTOVERS = `
  -- The owner sees the rows of all workspaces for these statements.
  alter table members no force row level security;
  alter table tallies no force row level security;
  alter table directory_groups no force row level security;
  alter table directory_group_members no force row level security;
  alter table directory_group_nestings no force row level security;
  delete from directory_group_nestings n using directory_groups g
   where g.workspace_id = n.workspace_id and g.id = n.inner_id and g.deleted_at is not null;
  delete from directory_group_members gm using members m
   where m.workspace_id = gm.workspace_id and m.id = gm.member_id and m.scim_deleted_at is not null;
  alter table members force row level security;
  alter table tallies force row level security;
  alter table directory_groups force row level security;
  alter table directory_group_members force row level security;
  alter table directory_group_nestings force row level security;
`;

const HOLDS = `
  alter table scim_holds drop constraint scim_holds__decision;
  alter table scim_holds
    -- 'ended': nobody decided; what it was about is over.
    add constraint scim_holds__decision check (decision in ('approved', 'rejected', 'ended')),
    add column end_reason text,
    add constraint scim_holds__end_reason check ((end_reason is not null) = (decision is not distinct from 'ended'));
`;

const POLICY = `
  alter table workspace_policies
    -- The highest role that a directory may give its users; 'off': none, roles are read-only for directories.
    add column scim_directory_sets_role text not null default 'off'
      constraint workspace_policies__scim_directory_sets_role
      check (scim_directory_sets_role in ('off', 'viewer', 'editor', 'admin'));
`;

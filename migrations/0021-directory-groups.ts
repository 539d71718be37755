import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Exact numbers that no writer waits for, and the groups of directories. */
export class DirectoryGroups1764000000021 implements MigrationInterface {
  readonly name = 'DirectoryGroups1764000000021';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [TALLIES, USERS, GROUPS, MEMBERSHIPS, COUNTED_GROUPS, GROUPS_OF_MEMBERS]) {
      await runner.query(statements);
    }
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const TALLIES = `
  -- How many of a kind a subject has. Every change is a row of its own that nobody else touches, so writers never
  -- wait for each other; the number is the sum. Rows are folded into one now and then.
  create table tallies (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    -- users: members whom directories see, of a workspace. groups: groups of a workspace. members: of a group.
    -- changes: to a group, which make its version.
    kind text not null constraint tallies__kind check (kind in ('users', 'groups', 'members', 'changes')),
    subject uuid not null,
    n bigint not null,
    at timestamptz not null default now()
  );
  create index tallies__subject on tallies (workspace_id, subject, kind) include (n);

  create function tally_of(of_kind text, of_subject uuid) returns bigint language sql stable as $$
    select coalesce(sum(n), 0)::bigint from tallies
     where workspace_id = current_workspace_id() and subject = of_subject and kind = of_kind
  $$;

  -- Makes one row of all. Whoever finds somebody else at it leaves it to them, so nobody waits; every row is
  -- counted by exactly one deletion, so the sum stays what it is in every snapshot.
  create function fold_tally(of_workspace uuid, of_kind text, of_subject uuid) returns void language plpgsql as $$ begin
    if not pg_try_advisory_xact_lock(hashtextextended('tally|' || of_kind || '|' || of_subject, 0)) then return; end if;
    with gone as (
      delete from tallies where workspace_id = of_workspace and subject = of_subject and kind = of_kind returning n, at
    )
    insert into tallies (workspace_id, kind, subject, n, at)
    select of_workspace, of_kind, of_subject, sum(n), max(at) from gone having count(*) > 0;
  end $$;

  -- Adds a number. One writer in a hundred folds: however many write, there is never much to sum up.
  create function add_to_tally(of_workspace uuid, of_kind text, of_subject uuid, more bigint) returns void
  language plpgsql as $$ begin
    insert into tallies (workspace_id, kind, subject, n) values (of_workspace, of_kind, of_subject, more);
    if random() < 0.01 then perform fold_tally(of_workspace, of_kind, of_subject); end if;
  end $$;
`;

const USERS = `
  create function count_new_users() returns trigger language plpgsql as $$ begin
    perform add_to_tally(workspace_id, 'users', workspace_id, count(*))
       from added where scim_deleted_at is null group by workspace_id;
    return null;
  end $$;
  create trigger count_new_users after insert on members referencing new table as added
    for each statement execute function count_new_users();

  -- The owner sees the rows of all workspaces for this one statement.
  alter table members no force row level security;
  insert into tallies (workspace_id, kind, subject, n)
  select workspace_id, 'users', workspace_id, count(*) from members where scim_deleted_at is null group by 1;
  alter table members force row level security;
  call confine_to_workspace('tallies', 'select, insert, delete');
`;

const GROUPS = `
  create table directory_groups (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    display_name text not null,
    -- In lower case, kept by the database: what it is compared, ordered and unique by.
    display_name_key text collate "C" not null,
    external_id text,
    created_at timestamptz not null default now(),
    -- Set: directories no longer see it. Rows are never deleted, and its members stay on record.
    deleted_at timestamptz,
    constraint directory_groups__workspace_id unique (workspace_id, id)
  );
  create unique index directory_groups__display_name__unique on directory_groups (workspace_id, display_name_key)
    where deleted_at is null;
  create index directory_groups__external_id on directory_groups (workspace_id, external_id);
  create index directory_groups__page on directory_groups (workspace_id, created_at, id);
  call confine_to_workspace('directory_groups', 'select, insert, update');

  create function key_display_name() returns trigger language plpgsql as $$ begin
    new.display_name_key = lower(new.display_name);
    return new;
  end $$;
  create trigger key_display_name before insert or update of display_name on directory_groups
    for each row execute function key_display_name();
`;

const MEMBERSHIPS = `
  create table directory_group_members (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    group_id uuid not null,
    member_id uuid not null,
    created_at timestamptz not null default now(),
    constraint directory_group_members__key primary key (workspace_id, group_id, member_id),
    constraint directory_group_members__group foreign key (workspace_id, group_id)
      references directory_groups (workspace_id, id),
    constraint directory_group_members__member foreign key (workspace_id, member_id)
      references members (workspace_id, id)
  );
  create index directory_group_members__member on directory_group_members (workspace_id, member_id, group_id);
  call confine_to_workspace('directory_group_members', 'select, insert, delete');

  -- Groups in groups. Whoever is in the inner one is in the outer one.
  create table directory_group_nestings (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    group_id uuid not null,
    inner_id uuid not null,
    created_at timestamptz not null default now(),
    constraint directory_group_nestings__key primary key (workspace_id, group_id, inner_id),
    constraint directory_group_nestings__other check (group_id <> inner_id),
    constraint directory_group_nestings__group foreign key (workspace_id, group_id)
      references directory_groups (workspace_id, id),
    constraint directory_group_nestings__inner foreign key (workspace_id, inner_id)
      references directory_groups (workspace_id, id)
  );
  create index directory_group_nestings__inner on directory_group_nestings (workspace_id, inner_id, group_id);
  call confine_to_workspace('directory_group_nestings', 'select, insert, delete');

  -- A user whom the directory deleted is in no group any more, and in none when they are provisioned anew; one whom
  -- it only locked out stays.
  create function count_hidden_user() returns trigger language plpgsql as $$ begin
    perform add_to_tally(new.workspace_id, 'users', new.workspace_id, case when new.scim_deleted_at is null then 1 else -1 end);
    delete from directory_group_members where workspace_id = new.workspace_id and member_id = new.id;
    return null;
  end $$;
  create trigger count_hidden_user after update of scim_deleted_at on members for each row
    when ((old.scim_deleted_at is null) <> (new.scim_deleted_at is null)) execute function count_hidden_user();
`;

const COUNTED_GROUPS = `
  create function count_group() returns trigger language plpgsql as $$ begin
    if tg_op = 'INSERT' or (old.deleted_at is null) <> (new.deleted_at is null) then
      perform add_to_tally(new.workspace_id, 'groups', new.workspace_id, case when new.deleted_at is null then 1 else -1 end);
    end if;
    perform add_to_tally(new.workspace_id, 'changes', new.id, 1);
    return null;
  end $$;
  create trigger count_group after insert or update on directory_groups for each row execute function count_group();

  -- However many come or go with one statement, it is one change to their group.
  create function count_group_members() returns trigger language plpgsql as $$ begin
    perform add_to_tally(workspace_id, 'members', group_id, case tg_op when 'INSERT' then count(*) else -count(*) end),
            add_to_tally(workspace_id, 'changes', group_id, 1)
       from moved group by workspace_id, group_id;
    return null;
  end $$;
  create trigger count_members_in after insert on directory_group_members referencing new table as moved
    for each statement execute function count_group_members();
  create trigger count_members_out after delete on directory_group_members referencing old table as moved
    for each statement execute function count_group_members();
  create trigger count_members_in after insert on directory_group_nestings referencing new table as moved
    for each statement execute function count_group_members();
  create trigger count_members_out after delete on directory_group_nestings referencing old table as moved
    for each statement execute function count_group_members();
`;

const GROUPS_OF_MEMBERS = `
  -- The groups that a member is in, also those around their groups, by name.
  create or replace function scim_groups_of(of_member uuid) returns text[] language sql stable as $$
    with recursive around (id, display_name) as (
      select g.id, g.display_name
        from directory_group_members m
        join directory_groups g on g.workspace_id = m.workspace_id and g.id = m.group_id and g.deleted_at is null
       where m.workspace_id = current_workspace_id() and m.member_id = of_member
       union
      select g.id, g.display_name
        from around a
        join directory_group_nestings n on n.workspace_id = current_workspace_id() and n.inner_id = a.id
        join directory_groups g on g.workspace_id = n.workspace_id and g.id = n.group_id and g.deleted_at is null
    )
    select coalesce(array_agg(display_name order by display_name), '{}') from around
  $$;

  -- The same for a directory: by id, and whether the member is in the group itself or by way of another. Null: in none.
  create function directory_groups_of(of_member uuid) returns jsonb language plpgsql stable as $$ begin
    if not exists (select from directory_group_members
                    where workspace_id = current_workspace_id() and member_id = of_member) then return null; end if;
    return (
      with recursive around (id, display_name, direct) as (
        select g.id, g.display_name, true
          from directory_group_members m
          join directory_groups g on g.workspace_id = m.workspace_id and g.id = m.group_id and g.deleted_at is null
         where m.workspace_id = current_workspace_id() and m.member_id = of_member
         union
        select g.id, g.display_name, false
          from around a
          join directory_group_nestings n on n.workspace_id = current_workspace_id() and n.inner_id = a.id
          join directory_groups g on g.workspace_id = n.workspace_id and g.id = n.group_id and g.deleted_at is null
      )
      select jsonb_agg(jsonb_build_object('value', id, 'display', display_name,
                                          'type', case when direct then 'direct' else 'indirect' end)
                       order by direct desc, id)
        from (select id, display_name, bool_or(direct) as direct from around group by 1, 2) found
    );
  end $$;
`;

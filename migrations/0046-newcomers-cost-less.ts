import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a new member costs: one call that lets newcomers of a directory in, and fewer indexes and triggers to keep. */
export class NewcomersCostLess1764000000046 implements MigrationInterface {
  readonly name = 'NewcomersCostLess1764000000046';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [KEYS, SETTLING, INDEXES, ADMISSION]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const KEYS = `
  -- All keys of a member with one call.
  create or replace function key_names() returns trigger language plpgsql as $$ begin
    new.user_name_key = lower(new.user_name);
    new.name_key = lower(coalesce(
      nullif(btrim(new.display_name), ''),
      nullif(btrim(coalesce(new.given_name, '') || ' ' || coalesce(new.family_name, '')), ''),
      new.email));
    -- Of whom only a whole name is known, its last word.
    new.family_key = lower(coalesce(
      nullif(btrim(new.family_name), ''), substring(btrim(new.display_name) from '\\S+$'), ''));
    return new;
  end $$;
  drop trigger key_user_name on members;
  drop function key_user_name();
  drop trigger key_names on members;
  create trigger key_names
    before insert or update of user_name, display_name, given_name, family_name, email on members
    for each row execute function key_names();
`;

const SETTLING = `
  -- What comes with new members, in one statement. Whoever lets them in may have given them their grant already.
  create or replace function settle_new_members() returns trigger language plpgsql as $$ begin
    with known as (
      insert into user_workspaces (user_id, workspace_id) select user_id, workspace_id from added
      on conflict do nothing
    ),
    granted as (
      insert into member_grants (workspace_id, member_id, kind, origin, role, approver)
      select workspace_id, id,
             case when source in ('founder', 'invitation') then 'manual' else 'default' end,
             case source when 'founder' then 'founding' when 'jit' then 'sign_in' when 'scim' then 'directory'
                         else 'invitation' end,
             role, approver
        from added on conflict (workspace_id, member_id, origin) do nothing
    )
    insert into tallies (workspace_id, kind, subject, n)
    select workspace_id, 'users', workspace_id, count(*) from added where scim_deleted_at is null group by workspace_id;
    -- As add_to_tally does.
    if random() < 0.01 then
      perform fold_tally(workspace_id, 'users', workspace_id) from added group by workspace_id;
    end if;
    return null;
  end $$;
`;

const INDEXES = `
  -- One index says that a user is a member once, and finds the members of a user.
  alter table members drop constraint members__user__unique;
  alter table members add constraint members__user__unique unique (user_id, workspace_id);
  drop index members__user;
  -- Nobody looks for all viewers by an index: they are nearly everybody.
  drop index members__role;
  create index members__role on members (workspace_id, role, id) where role <> 'viewer';

  -- Names first: a table that PostgreSQL has not counted yet seems to have one row of a workspace where an index leaves
  -- out deleted users, so that a look for anything would go through all users by such an index if it could.
  drop index members__email__unique;
  create unique index members__email__unique on members (email, workspace_id) where scim_deleted_at is null;
  drop index members__user_name__unique;
  create unique index members__user_name__unique on members (user_name_key, workspace_id) where scim_deleted_at is null;
  create index members__user_name on members (workspace_id, user_name_key, id);

  -- A grant is found by whose it is, never by its id.
  alter table member_grants drop constraint member_grants__workspace_id;
  alter table member_grants drop constraint member_grants_pkey;
  alter table member_grants drop constraint member_grants__origin__unique;
  alter table member_grants add constraint member_grants__origin__unique primary key (workspace_id, member_id, origin);
  drop index member_grants__author;
  create index member_grants__author on member_grants (workspace_id, author_id) where author_id is not null;

  alter table scim_activity drop constraint scim_activity__workspace_id;
  alter table scim_activity drop constraint scim_activity_pkey;
  alter table scim_activity add constraint scim_activity__key primary key (workspace_id, id);
`;

const ADMISSION = `
  -- Lets newcomers of a directory in who are simply new, all of them or none: it fails with GH005 where rules give
  -- roles, and with GH006 when somebody is in the way of one of them; then nothing of the transaction stands, and the
  -- service looks closer. Without rules nobody needs to be judged; that there are none holds until COMMIT, because
  -- whoever saves rules waits for the turn that is taken here (see RULES_TURN in the service) and each statement sees
  -- what was committed before it began.
  -- Each newcomer gets a user: whoever proved the address, for members of a domain that is proved here, else a new
  -- one. Who is in the way shows by the unique indexes alone. The look for known users stays behind 'limit', so that
  -- it is one look into an index for each newcomer whatever PostgreSQL has counted.
  create function admit_members(newcomers jsonb)
  returns table (id uuid, user_id uuid, scim jsonb, created_at json) language plpgsql volatile as $$
  #variable_conflict use_column
  declare
    came bigint;
  begin
    perform pg_advisory_xact_lock_shared(hashtextextended('role mappings|' || current_workspace_id()::text, 0));
    if exists (select from role_mappings) then
      raise exception 'rules give roles here' using errcode = 'GH005';
    end if;
    return query
      with given as materialized (
        select g.*, exists (select from domains d where d.domain = g.domain
                 and (d.status = 'verified' or (d.status = 'failing' and d.grace_until > now()))) as proven
          from jsonb_to_recordset(newcomers) as g(
            id uuid, user_id uuid, domain text, active boolean, user_name text, email text, external_id text,
            display_name text, given_name text, family_name text, department text, scim jsonb)
      ),
      peopled as materialized (
        select g.*, case when g.proven then
                 (select u.id from users u where u.email = g.email and u.email_claimed limit 1) end as known_id
          from given g
      ),
      made as (
        insert into users (id, email, email_claimed, name)
        select p.user_id, p.email, p.proven, p.display_name from peopled p where p.known_id is null
        on conflict (email) where email_claimed do nothing
      )
      insert into members as m (id, user_id, source, user_name, email, external_id, display_name, given_name,
                                family_name, department, scim, removed_at, removal_reason)
      select p.id, coalesce(p.known_id, p.user_id), 'scim', p.user_name, p.email, p.external_id, p.display_name,
             p.given_name, p.family_name, p.department, p.scim,
             case when not p.active then now() end, case when not p.active then 'scim' end
        from peopled p
      on conflict do nothing
      returning m.id, m.user_id, m.scim, to_json(m.created_at);
    get diagnostics came = row_count;
    if came <> jsonb_array_length(newcomers) then
      raise exception 'somebody is in the way of a newcomer' using errcode = 'GH006';
    end if;
  end $$;
`;

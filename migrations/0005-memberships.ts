import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What members, API keys and their lists need beyond the tables of the rooms. */
export class Memberships1764000000005 implements MigrationInterface {
  readonly name = 'Memberships1764000000005';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [LAST_ADMIN, MEMBERSHIPS, API_KEYS, INDEXES]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const LAST_ADMIN = `
  -- As before, with a lock that only another of these waits for: FOR UPDATE would also hold up every insert that
  -- refers to the workspace, which is every audited change.
  create or replace function keep_an_admin() returns trigger language plpgsql as $$ begin
    if old.role = 'admin' and old.removed_at is null and (new.role <> 'admin' or new.removed_at is not null) then
      perform 1 from workspaces where id = new.workspace_id for no key update;
      if not exists (
        select 1 from members where workspace_id = new.workspace_id and role = 'admin' and removed_at is null
      ) then
        raise exception 'a workspace keeps at least one admin' using errcode = 'GH001';
      end if;
    end if;
    return null;
  end $$;
`;

const MEMBERSHIPS = `
  -- Where one user is a member at this moment, in one round trip. As the recognise_* functions, it enters each
  -- workspace in turn, so that even this look-up is confined. At most \`most\` workspaces after the one named \`past\`.
  create function memberships_of(of_user uuid, past uuid, most int)
  returns table (
    id uuid, slug text, name text, created_at timestamptz, member_id uuid, role text, approver boolean
  ) language plpgsql volatile as $$
  declare
    here uuid;
    found_so_far int := 0;
    caller_workspace text := coalesce(current_setting('gatehouse.workspace_id', true), '');
  begin
    for here in
      select uw.workspace_id from user_workspaces uw
       where uw.user_id = of_user and (past is null or uw.workspace_id > past)
       order by uw.workspace_id
    loop
      exit when found_so_far >= most;
      perform set_config('gatehouse.workspace_id', here::text, true);
      return query
        select w.id, w.slug, w.name, w.created_at, m.id, m.role, m.approver
          from members m join workspaces w on w.id = m.workspace_id
         where m.user_id = of_user and m.removed_at is null;
      if found then found_so_far := found_so_far + 1; end if;
    end loop;
    perform set_config('gatehouse.workspace_id', caller_workspace, true);
  end $$;
`;

const API_KEYS = `
  -- As before, and what whoever made the key may do now: a key never does more than that.
  drop function recognise_api_keys(uuid[], uuid[]);
  create function recognise_api_keys(workspace_ids uuid[], key_ids uuid[])
  returns table (
    ordinal int, key_id uuid, workspace_id uuid, workspace_slug text, workspace_name text, name text, scopes text[],
    secret_hash bytea, allowed_ips text[], created_by uuid, expires_at timestamptz,
    creator_role text, creator_approver boolean, creator_removed boolean
  ) language plpgsql volatile as $$
  declare i int;
  begin
    for i in 1 .. coalesce(array_length(key_ids, 1), 0) loop
      perform set_config('gatehouse.workspace_id', workspace_ids[i]::text, true);
      return query
        select i, k.id, w.id, w.slug, w.name, k.name, k.scopes, k.secret_hash, k.allowed_ips, k.created_by, k.expires_at,
               m.role, m.approver, m.removed_at is not null
          from api_keys k
          join workspaces w on w.id = k.workspace_id
          join members m on m.workspace_id = k.workspace_id and m.id = k.created_by
         -- The workspace as a value: compared with the setting, a small table would read that once per row.
         where k.id = key_ids[i] and w.id = workspace_ids[i]
           and k.revoked_at is null and (k.expires_at is null or k.expires_at > now());
    end loop;
    perform set_config('gatehouse.workspace_id', '', true);
  end $$;
`;

const INDEXES = `
  -- When somebody was last seen.
  create index sessions__last_used on sessions (workspace_id, member_id, last_used_at);
  drop index verified_domains__workspace;
  create index verified_domains__domain on verified_domains (workspace_id, domain_id);
`;

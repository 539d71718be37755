import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How API keys are used, how often they may be, and which key came in place of which. */
export class UseOfApiKeys1764000000031 implements MigrationInterface {
  readonly name = 'UseOfApiKeys1764000000031';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [KEYS, USAGE, RECOGNITION]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const KEYS = `
  alter table api_keys
    -- Where the last use came from, and what was called, as the route is declared.
    add column last_used_ip text,
    add column last_used_call text,
    -- The key that came in its place; a key is rotated once.
    add column replaced_by uuid,
    -- So many requests within so many seconds; null: as the workspace says.
    add column rate_limit_requests int
      constraint api_keys__rate_limit_requests check (rate_limit_requests between 1 and 1000000),
    add column rate_limit_seconds int
      constraint api_keys__rate_limit_seconds check (rate_limit_seconds between 1 and 86400),
    add constraint api_keys__rate_limit check ((rate_limit_requests is null) = (rate_limit_seconds is null)),
    add constraint api_keys__replaced_by foreign key (workspace_id, replaced_by)
      references api_keys (workspace_id, id);
  create index api_keys__replaced_by on api_keys (workspace_id, replaced_by);

  alter table workspace_policies
    -- For keys without a limit of their own; null: none.
    add column api_keys_rate_requests int
      constraint workspace_policies__api_keys_rate_requests check (api_keys_rate_requests between 1 and 1000000),
    add column api_keys_rate_seconds int
      constraint workspace_policies__api_keys_rate_seconds check (api_keys_rate_seconds between 1 and 86400),
    add constraint workspace_policies__api_keys_rate
      check ((api_keys_rate_requests is null) = (api_keys_rate_seconds is null));
`;

const USAGE = `
  -- How many calls each key made on each day (UTC). Instances add to it every few seconds.
  create table api_key_usage (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    key_id uuid not null,
    day date not null,
    calls bigint not null,
    constraint api_key_usage__key primary key (workspace_id, key_id, day),
    constraint api_key_usage__api_key foreign key (workspace_id, key_id) references api_keys (workspace_id, id)
  );
  call confine_to_workspace('api_key_usage', 'select, insert, update, delete');
`;

const RECOGNITION = `
  -- As before, and how often the key may be used.
  drop function recognise_api_keys(uuid[], uuid[]);
  create function recognise_api_keys(workspace_ids uuid[], key_ids uuid[])
  returns table (
    ordinal int, key_id uuid, workspace_id uuid, workspace_slug text, workspace_name text, name text, scopes text[],
    secret_hash bytea, allowed_ips text[], created_by uuid, expires_at timestamptz,
    creator_role text, creator_approver boolean, creator_removed boolean, rate_requests int, rate_seconds int
  ) language plpgsql volatile as $$
  declare i int;
  begin
    for i in 1 .. coalesce(array_length(key_ids, 1), 0) loop
      perform set_config('gatehouse.workspace_id', workspace_ids[i]::text, true);
      return query
        select i, k.id, w.id, w.slug, w.name, k.name, k.scopes, k.secret_hash, k.allowed_ips, k.created_by, k.expires_at,
               m.role, m.approver, m.removed_at is not null,
               coalesce(k.rate_limit_requests, p.api_keys_rate_requests),
               case when k.rate_limit_requests is null then p.api_keys_rate_seconds else k.rate_limit_seconds end
          from api_keys k
          join workspaces w on w.id = k.workspace_id
          join members m on m.workspace_id = k.workspace_id and m.id = k.created_by
          left join workspace_policies p on p.workspace_id = workspace_ids[i]
         -- The workspace as a value: compared with the setting, a small table would read that once per row.
         where k.id = key_ids[i] and w.id = workspace_ids[i]
           and k.revoked_at is null and (k.expires_at is null or k.expires_at > now());
    end loop;
    perform set_config('gatehouse.workspace_id', '', true);
  end $$;
`;

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What each credential of a directory may do, what follows it, who used it last; and OAuth clients. */
export class CredentialsOfDirectories1764000000024 implements MigrationInterface {
  readonly name = 'CredentialsOfDirectories1764000000024';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [CREDENTIALS, ACCESS_TOKENS, RECOGNISE]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const CREDENTIALS = `
  alter table scim_tokens
    -- A token is shown as it is; a client trades its secret for access tokens.
    add column kind text not null default 'token' constraint scim_tokens__kind check (kind in ('token', 'client')),
    add column scopes text[] not null default '{read,users,groups}'
      constraint scim_tokens__scopes check (scopes <@ '{read,users,groups}' and scopes <> '{}'),
    -- The one made in its place.
    add column replaced_by uuid,
    -- What the directory calls itself, and where it called from.
    add column last_used_by text,
    add column last_used_from text,
    add constraint scim_tokens__replaced_by
      foreign key (workspace_id, replaced_by) references scim_tokens (workspace_id, id);
  create index scim_tokens__replaced_by on scim_tokens (workspace_id, replaced_by);
`;

const ACCESS_TOKENS = `
  -- Good for an hour, and no longer than their client.
  create table scim_access_tokens (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    client_id uuid not null,
    secret_hash bytea not null,
    scopes text[] not null
      constraint scim_access_tokens__scopes check (scopes <@ '{read,users,groups}' and scopes <> '{}'),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    constraint scim_access_tokens__workspace_id unique (workspace_id, id),
    constraint scim_access_tokens__client foreign key (workspace_id, client_id) references scim_tokens (workspace_id, id)
  );
  create index scim_access_tokens__client on scim_access_tokens (workspace_id, client_id, created_at);
  call confine_to_workspace('scim_access_tokens', 'select, insert, delete');
`;

/** Also says what the plan of the workspace lacks, so that this needs no round trip of its own. */
const RECOGNISE = `
  drop function recognise_scim_tokens(uuid[], uuid[]);
  create function recognise_scim_tokens(workspace_ids uuid[], token_ids uuid[])
  returns table (
    ordinal int, token_id uuid, workspace_id uuid, name text, secret_hash bytea, scopes text[], lacking jsonb
  ) language plpgsql volatile as $$
  declare i int;
  begin
    for i in 1 .. coalesce(array_length(token_ids, 1), 0) loop
      perform set_config('gatehouse.workspace_id', workspace_ids[i]::text, true);
      return query
        select i, t.id, t.workspace_id, t.name, t.secret_hash, t.scopes, plan_without('scim', t.workspace_id)
          from scim_tokens t
         where t.id = token_ids[i] and t.kind = 'token' and t.revoked_at is null
           and (t.expires_at is null or t.expires_at > now());
    end loop;
    perform set_config('gatehouse.workspace_id', '', true);
  end $$;

  -- The same for the access tokens of clients, which live no longer than those.
  create function recognise_scim_access_tokens(workspace_ids uuid[], access_token_ids uuid[])
  returns table (
    ordinal int, token_id uuid, workspace_id uuid, name text, secret_hash bytea, scopes text[], lacking jsonb
  ) language plpgsql volatile as $$
  declare i int;
  begin
    for i in 1 .. coalesce(array_length(access_token_ids, 1), 0) loop
      perform set_config('gatehouse.workspace_id', workspace_ids[i]::text, true);
      return query
        select i, c.id, c.workspace_id, c.name, a.secret_hash, a.scopes, plan_without('scim', c.workspace_id)
          from scim_access_tokens a join scim_tokens c on c.workspace_id = a.workspace_id and c.id = a.client_id
         where a.id = access_token_ids[i] and a.expires_at > now() and c.revoked_at is null
           and (c.expires_at is null or c.expires_at > now());
    end loop;
    perform set_config('gatehouse.workspace_id', '', true);
  end $$;
`;

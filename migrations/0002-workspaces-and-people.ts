import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Workspaces, the people in them, their secrets and the domains they proved. */
export class WorkspacesAndPeople1764000000002 implements MigrationInterface {
  readonly name = 'WorkspacesAndPeople1764000000002';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [OUTSIDE_WORKSPACES, POLICY, SECRETS, MEMBERS, INVITATIONS, DOMAINS]) {
      await runner.query(statements);
    }
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

/**
 * The few tables outside row-level security: they answer "which workspace?" before one is known. They hold no
 * business data beyond that. test/architecture/every-table-is-confined lists them.
 */
const OUTSIDE_WORKSPACES = `
  create table workspaces (
    id uuid primary key default new_id(),
    slug text not null constraint workspaces__slug__shape check (slug ~ '^[a-z0-9](-?[a-z0-9]){0,62}$'),
    name text not null,
    created_at timestamptz not null default now(),
    constraint workspaces__slug__unique unique (slug)
  );
  grant select, insert, update on workspaces to gatehouse_app;

  -- A person's login identity. Several rows may carry the same address, but only one may have proved it
  -- (email_claimed): by an invitation mail, by a workspace whose verified domain it is, or as first admin.
  -- Directories of foreign domains get rows of their own and never reach the proven one.
  create table users (
    id uuid primary key default new_id(),
    email text not null constraint users__email__lower_case check (email = lower(email)),
    email_claimed boolean not null default false,
    name text,
    password_hash text,
    created_at timestamptz not null default now()
  );
  create unique index users__claimed_email__unique on users (email) where email_claimed;
  grant select, insert, update on users to gatehouse_app;

  -- In which workspaces to look for a person who signs in by email. Kept by a trigger on members.
  create table user_workspaces (
    user_id uuid not null references users (id) on delete cascade,
    workspace_id uuid not null references workspaces (id) on delete cascade,
    constraint user_workspaces__pk primary key (user_id, workspace_id)
  );
  create index user_workspaces__workspace on user_workspaces (workspace_id);
  grant select, insert on user_workspaces to gatehouse_app;

  -- Whose connection a sign-in URL names. Kept by a trigger on sso_connections.
  create table connection_workspaces (
    connection_id uuid primary key,
    workspace_id uuid not null references workspaces (id) on delete cascade
  );
  create index connection_workspaces__workspace on connection_workspaces (workspace_id);
  grant select, insert, delete on connection_workspaces to gatehouse_app;

  -- One workspace per domain, over the whole installation.
  create table verified_domains (
    domain text primary key,
    workspace_id uuid not null references workspaces (id) on delete cascade,
    domain_id uuid not null,
    verified_at timestamptz not null default now()
  );
  create index verified_domains__workspace on verified_domains (workspace_id);
  grant select, insert, delete on verified_domains to gatehouse_app;

  -- Keys that sign access tokens: published first, used from active_from on, retired after the last token died.
  create table signing_keys (
    kid text primary key,
    algorithm text not null,
    public_jwk jsonb not null,
    sealed_private_jwk text not null,
    created_at timestamptz not null default now(),
    active_from timestamptz not null,
    retired_at timestamptz
  );
  grant select, insert, update on signing_keys to gatehouse_app;
`;

const POLICY = `
  create table workspace_policies (
    workspace_id uuid primary key default current_workspace_id() references workspaces (id) on delete cascade,
    access_token_seconds int not null default 300
      constraint workspace_policies__access_token_seconds check (access_token_seconds between 60 and 3600),
    idle_seconds int not null default 86400
      constraint workspace_policies__idle_seconds check (idle_seconds between 300 and 7776000),
    absolute_seconds int not null default 604800
      constraint workspace_policies__absolute_seconds check (absolute_seconds between 300 and 31536000),
    mfa_required text not null default 'off'
      constraint workspace_policies__mfa_required check (mfa_required in ('off', 'admins', 'all')),
    mfa_allowed_factors text[] not null default '{totp,webauthn,sms}',
    sso_enforced boolean not null default false,
    break_glass_member_ids uuid[] not null default '{}',
    jit_enabled boolean not null default true,
    jit_default_role text not null default 'viewer'
      constraint workspace_policies__jit_default_role check (jit_default_role in ('admin', 'editor', 'viewer')),
    api_keys_on_member_removal text not null default 'revoke'
      constraint workspace_policies__api_keys_on_member_removal check (api_keys_on_member_removal in ('keep', 'revoke')),
    api_keys_max_lifetime_days int
      constraint workspace_policies__api_keys_max_lifetime_days check (api_keys_max_lifetime_days between 1 and 3650),
    updated_at timestamptz not null default now()
  );
  call confine_to_workspace('workspace_policies');
`;

const SECRETS = `
  -- One data key per workspace, wrapped by the key-encryption key of the installation.
  create table data_keys (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    wrapped text not null,
    created_at timestamptz not null default now(),
    retired_at timestamptz,
    constraint data_keys__workspace_id unique (workspace_id, id)
  );
  create unique index data_keys__one_in_use on data_keys (workspace_id) where retired_at is null;
  call confine_to_workspace('data_keys');

  create table secrets (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    -- 'vault' is the product's; other purposes are the service's own (IdP client secrets, SP keys).
    purpose text not null,
    name text,
    ciphertext text not null,
    data_key_id uuid not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint secrets__workspace_id unique (workspace_id, id),
    constraint secrets__data_key foreign key (workspace_id, data_key_id) references data_keys (workspace_id, id)
  );
  create unique index secrets__vault_name__unique on secrets (workspace_id, name) where purpose = 'vault';
  create index secrets__data_key on secrets (workspace_id, data_key_id);
  call confine_to_workspace('secrets');
`;

const MEMBERS = `
  create table members (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    user_id uuid not null references users (id),
    email text not null constraint members__email__lower_case check (email = lower(email)),
    role text not null default 'viewer' constraint members__role check (role in ('admin', 'editor', 'viewer')),
    approver boolean not null default false,
    -- How the person came in.
    source text not null
      constraint members__source check (source in ('founder', 'invitation', 'jit', 'scim')),
    -- The profile of the person in this workspace; a directory writes here and never to the global user.
    user_name text not null,
    external_id text,
    display_name text,
    given_name text,
    family_name text,
    department text,
    -- Everything else a directory sent, as SCIM attributes.
    scim jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    -- Set: the person is out. Rows are never deleted.
    removed_at timestamptz,
    removal_reason text,
    -- Set by a SCIM DELETE: the directory no longer sees the resource.
    scim_deleted_at timestamptz,
    constraint members__workspace_id unique (workspace_id, id),
    constraint members__user__unique unique (workspace_id, user_id)
  );
  create unique index members__user_name__unique on members (workspace_id, lower(user_name)) where scim_deleted_at is null;
  create unique index members__email__unique on members (workspace_id, email) where scim_deleted_at is null;
  create index members__external_id on members (workspace_id, external_id);
  create index members__page on members (workspace_id, created_at, id);
  create index members__user on members (user_id);
  call confine_to_workspace('members', 'select, insert, update');

  create function index_member() returns trigger language plpgsql as $$ begin
    insert into user_workspaces (user_id, workspace_id) values (new.user_id, new.workspace_id) on conflict do nothing;
    return null;
  end $$;
  create trigger index_member after insert or update of user_id on members
    for each row execute function index_member();

  -- A workspace that had an admin keeps one. The lock on the workspace makes two demotions at once wait for
  -- each other, so that each sees what the other did.
  create function keep_an_admin() returns trigger language plpgsql as $$ begin
    if old.role = 'admin' and old.removed_at is null and (new.role <> 'admin' or new.removed_at is not null) then
      perform 1 from workspaces where id = new.workspace_id for update;
      if not exists (
        select 1 from members where workspace_id = new.workspace_id and role = 'admin' and removed_at is null
      ) then
        raise exception 'a workspace keeps at least one admin' using errcode = 'GH001';
      end if;
    end if;
    return null;
  end $$;
  create trigger keep_an_admin after update of role, removed_at on members
    for each row execute function keep_an_admin();
`;

const INVITATIONS = `
  create table invitations (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    email text not null constraint invitations__email__lower_case check (email = lower(email)),
    role text not null constraint invitations__role check (role in ('admin', 'editor', 'viewer')),
    approver boolean not null default false,
    secret_hash bytea not null,
    invited_by uuid not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    accepted_at timestamptz,
    revoked_at timestamptz,
    constraint invitations__workspace_id unique (workspace_id, id),
    constraint invitations__invited_by foreign key (workspace_id, invited_by) references members (workspace_id, id)
  );
  create unique index invitations__one_open on invitations (workspace_id, email)
    where accepted_at is null and revoked_at is null;
  create index invitations__invited_by on invitations (workspace_id, invited_by);
  call confine_to_workspace('invitations');
`;

const DOMAINS = `
  create table domains (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    domain text not null constraint domains__domain__lower_case check (domain = lower(domain)),
    -- What the TXT record must say.
    token text not null,
    status text not null default 'pending' constraint domains__status check (status in ('pending', 'verified')),
    created_at timestamptz not null default now(),
    verified_at timestamptz,
    last_checked_at timestamptz,
    constraint domains__workspace_id unique (workspace_id, id),
    constraint domains__domain__unique unique (workspace_id, domain)
  );
  call confine_to_workspace('domains');
  alter table verified_domains add constraint verified_domains__domain
    foreign key (workspace_id, domain_id) references domains (workspace_id, id) on delete cascade;
`;

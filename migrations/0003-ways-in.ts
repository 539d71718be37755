import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Connections, sessions, API keys and SCIM tokens: every way into a workspace. */
export class WaysIn1764000000003 implements MigrationInterface {
  readonly name = 'WaysIn1764000000003';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [SSO_CONNECTIONS, SESSIONS, SIGN_IN, API_KEYS, SCIM_TOKENS]) {
      await runner.query(statements);
    }
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const SSO_CONNECTIONS = `
  create table sso_connections (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    type text not null constraint sso_connections__type check (type in ('saml', 'oidc')),
    name text not null,
    provider text not null,
    status text not null default 'draft'
      constraint sso_connections__status check (status in ('draft', 'active', 'disabled')),
    attribute_mapping jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint sso_connections__workspace_id unique (workspace_id, id)
  );
  call confine_to_workspace('sso_connections');

  create function index_connection() returns trigger language plpgsql as $$ begin
    if tg_op = 'INSERT' then
      insert into connection_workspaces (connection_id, workspace_id) values (new.id, new.workspace_id);
    else
      delete from connection_workspaces where connection_id = old.id;
    end if;
    return null;
  end $$;
  create trigger index_connection after insert or delete on sso_connections
    for each row execute function index_connection();

  create table saml_settings (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    connection_id uuid primary key,
    entity_id text not null,
    sso_url text not null,
    slo_url text,
    -- PEM; any of them may have signed.
    certificates text[] not null,
    metadata_url text,
    -- What must carry the signature.
    signed text not null default 'assertion'
      constraint saml_settings__signed check (signed in ('assertion', 'response', 'both')),
    name_id_format text,
    sp_certificate text not null,
    sp_key_secret_id uuid not null,
    constraint saml_settings__connection foreign key (workspace_id, connection_id)
      references sso_connections (workspace_id, id) on delete cascade,
    constraint saml_settings__sp_key foreign key (workspace_id, sp_key_secret_id) references secrets (workspace_id, id)
  );
  create index saml_settings__sp_key on saml_settings (workspace_id, sp_key_secret_id);
  call confine_to_workspace('saml_settings');

  create table oidc_settings (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    connection_id uuid primary key,
    issuer text not null,
    client_id text not null,
    client_secret_id uuid not null,
    authorization_endpoint text not null,
    token_endpoint text not null,
    jwks_uri text not null,
    userinfo_endpoint text,
    token_endpoint_auth_method text not null default 'client_secret_basic'
      constraint oidc_settings__token_endpoint_auth_method
      check (token_endpoint_auth_method in ('client_secret_basic', 'client_secret_post')),
    -- RFC 9207: the discovery document promised an \`iss\` parameter.
    iss_parameter_supported boolean not null default false,
    scopes text[] not null default '{openid,email,profile}',
    constraint oidc_settings__connection foreign key (workspace_id, connection_id)
      references sso_connections (workspace_id, id) on delete cascade,
    constraint oidc_settings__client_secret foreign key (workspace_id, client_secret_id) references secrets (workspace_id, id)
  );
  create index oidc_settings__client_secret on oidc_settings (workspace_id, client_secret_id);
  call confine_to_workspace('oidc_settings');

  -- Who somebody is at an IdP: (connection, issuer, subject), never an email address.
  create table identities (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    connection_id uuid not null,
    issuer text not null,
    subject text not null,
    member_id uuid not null,
    created_at timestamptz not null default now(),
    last_sign_in_at timestamptz,
    constraint identities__workspace_id unique (workspace_id, id),
    constraint identities__subject__unique unique (connection_id, issuer, subject),
    constraint identities__connection foreign key (workspace_id, connection_id)
      references sso_connections (workspace_id, id) on delete cascade,
    constraint identities__member foreign key (workspace_id, member_id) references members (workspace_id, id)
  );
  create index identities__connection on identities (workspace_id, connection_id);
  create index identities__member on identities (workspace_id, member_id);
  call confine_to_workspace('identities');
`;

const SESSIONS = `
  create table sessions (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    member_id uuid not null,
    method text not null constraint sessions__method check (method in ('password', 'saml', 'oidc')),
    connection_id uuid,
    identity_id uuid,
    -- RFC 8176 values the sign-in gave evidence of.
    amr text[] not null default '{}',
    authenticated_at timestamptz not null,
    created_at timestamptz not null default now(),
    -- Moved at each refresh and, for browser sessions, now and then.
    last_used_at timestamptz not null default now(),
    idle_seconds int not null,
    expires_at timestamptz not null,
    ended_at timestamptz,
    end_reason text,
    ip text,
    user_agent text,
    -- Set for sessions a browser holds as a cookie.
    cookie_hash bytea,
    constraint sessions__workspace_id unique (workspace_id, id),
    constraint sessions__member foreign key (workspace_id, member_id) references members (workspace_id, id),
    constraint sessions__connection foreign key (workspace_id, connection_id)
      references sso_connections (workspace_id, id) on delete set null (connection_id),
    constraint sessions__identity foreign key (workspace_id, identity_id)
      references identities (workspace_id, id) on delete set null (identity_id)
  );
  create index sessions__member on sessions (workspace_id, member_id) where ended_at is null;
  create index sessions__connection on sessions (workspace_id, connection_id);
  create index sessions__identity on sessions (workspace_id, identity_id);
  call confine_to_workspace('sessions');

  create table refresh_tokens (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    session_id uuid not null,
    secret_hash bytea not null,
    created_at timestamptz not null default now(),
    -- Set when the token was exchanged for the next one. Presented again, it ends the session.
    used_at timestamptz,
    constraint refresh_tokens__session foreign key (workspace_id, session_id)
      references sessions (workspace_id, id) on delete cascade
  );
  create index refresh_tokens__session on refresh_tokens (workspace_id, session_id);
  call confine_to_workspace('refresh_tokens');

  -- Whoever leaves loses every session in the same transaction, by whichever road the removal came.
  create function end_sessions_of_removed_member() returns trigger language plpgsql as $$ begin
    if old.removed_at is null and new.removed_at is not null then
      update sessions set ended_at = now(), end_reason = 'member_removed'
        where workspace_id = new.workspace_id and member_id = new.id and ended_at is null;
    end if;
    return null;
  end $$;
  create trigger end_sessions_of_removed_member after update of removed_at on members
    for each row execute function end_sessions_of_removed_member();

  -- A browser or mobile client proved who it is: the state of session, member, user and workspace at this
  -- moment, for a whole batch of requests in one round trip. Sets the workspace for each row it reads, so the
  -- look-up is itself confined. No row: no such live session.
  create function recognise_sessions(workspace_ids uuid[], session_ids uuid[])
  returns table (
    ordinal int, session_id uuid, workspace_id uuid, workspace_slug text, workspace_name text, member_id uuid,
    user_id uuid, email text, display_name text, role text, approver boolean, method text, connection_id uuid,
    amr text[], authenticated_at timestamptz, cookie_hash bytea
  ) language plpgsql volatile as $$
  declare i int;
  begin
    for i in 1 .. coalesce(array_length(session_ids, 1), 0) loop
      perform set_config('gatehouse.workspace_id', workspace_ids[i]::text, true);
      return query
        select i, s.id, w.id, w.slug, w.name, m.id, m.user_id, m.email, m.display_name, m.role, m.approver,
               s.method, s.connection_id, s.amr, s.authenticated_at, s.cookie_hash
          from sessions s
          join members m on m.workspace_id = s.workspace_id and m.id = s.member_id
          join workspaces w on w.id = s.workspace_id
         -- The workspace as a value: compared with the setting, a small table would read that once per row.
         where s.id = session_ids[i] and w.id = workspace_ids[i]
           and s.ended_at is null and m.removed_at is null
           and s.expires_at > now()
           and s.last_used_at + make_interval(secs => s.idle_seconds) > now();
    end loop;
    perform set_config('gatehouse.workspace_id', '', true);
  end $$;
`;

const SIGN_IN = `
  -- A sign-in that left for an IdP and has not come back yet. Consumed by one conditional update.
  create table sign_in_requests (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    connection_id uuid not null,
    -- Only the browser that started may finish.
    browser_hash bytea not null,
    nonce text not null,
    sealed_code_verifier text not null,
    redirect_uri text,
    app_state text,
    code_challenge text,
    login_hint text,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    consumed_at timestamptz,
    constraint sign_in_requests__connection foreign key (workspace_id, connection_id)
      references sso_connections (workspace_id, id) on delete cascade
  );
  create index sign_in_requests__connection on sign_in_requests (workspace_id, connection_id);
  create index sign_in_requests__expires_at on sign_in_requests (workspace_id, expires_at);
  call confine_to_workspace('sign_in_requests');

  -- Assertions already accepted, kept until they could not be accepted anyway.
  create table saml_replays (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    connection_id uuid not null,
    assertion_id text not null,
    expires_at timestamptz not null,
    constraint saml_replays__pk primary key (connection_id, assertion_id),
    constraint saml_replays__connection foreign key (workspace_id, connection_id)
      references sso_connections (workspace_id, id) on delete cascade
  );
  create index saml_replays__connection on saml_replays (workspace_id, connection_id);
  create index saml_replays__expires_at on saml_replays (workspace_id, expires_at);
  call confine_to_workspace('saml_replays');

  -- The one-time code an application exchanges for tokens after a browser sign-in.
  create table sign_in_codes (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    secret_hash bytea not null,
    member_id uuid not null,
    method text not null,
    connection_id uuid,
    identity_id uuid,
    amr text[] not null default '{}',
    authenticated_at timestamptz not null,
    not_after timestamptz,
    code_challenge text,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    consumed_at timestamptz,
    session_id uuid,
    constraint sign_in_codes__member foreign key (workspace_id, member_id) references members (workspace_id, id),
    constraint sign_in_codes__connection foreign key (workspace_id, connection_id)
      references sso_connections (workspace_id, id) on delete cascade,
    constraint sign_in_codes__identity foreign key (workspace_id, identity_id)
      references identities (workspace_id, id) on delete cascade
  );
  create index sign_in_codes__member on sign_in_codes (workspace_id, member_id);
  create index sign_in_codes__connection on sign_in_codes (workspace_id, connection_id);
  create index sign_in_codes__identity on sign_in_codes (workspace_id, identity_id);
  create index sign_in_codes__expires_at on sign_in_codes (workspace_id, expires_at);
  call confine_to_workspace('sign_in_codes');
`;

const API_KEYS = `
  create table api_keys (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    name text not null,
    scopes text[] not null constraint api_keys__scopes__some check (cardinality(scopes) > 0),
    secret_hash bytea not null,
    -- The last characters, so that people can tell keys apart.
    hint text not null,
    created_by uuid not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    allowed_ips text[] not null default '{}',
    last_used_at timestamptz,
    revoked_at timestamptz,
    revoke_reason text,
    constraint api_keys__workspace_id unique (workspace_id, id),
    constraint api_keys__created_by foreign key (workspace_id, created_by) references members (workspace_id, id)
  );
  create index api_keys__created_by on api_keys (workspace_id, created_by);
  create index api_keys__page on api_keys (workspace_id, created_at, id);
  call confine_to_workspace('api_keys', 'select, insert, update');

  -- The workspace decides what becomes of the keys of somebody who leaves.
  create function settle_api_keys_of_removed_member() returns trigger language plpgsql as $$ begin
    if old.removed_at is null and new.removed_at is not null then
      update api_keys set revoked_at = now(), revoke_reason = 'creator_removed'
        where workspace_id = new.workspace_id and created_by = new.id and revoked_at is null
          and coalesce((select p.api_keys_on_member_removal from workspace_policies p
                         where p.workspace_id = new.workspace_id), 'revoke') = 'revoke';
    end if;
    return null;
  end $$;
  create trigger settle_api_keys_of_removed_member after update of removed_at on members
    for each row execute function settle_api_keys_of_removed_member();

  -- As recognise_sessions, for API keys. The secret is compared by the caller, in constant time.
  create function recognise_api_keys(workspace_ids uuid[], key_ids uuid[])
  returns table (
    ordinal int, key_id uuid, workspace_id uuid, workspace_slug text, workspace_name text, name text, scopes text[],
    secret_hash bytea, allowed_ips text[], created_by uuid, expires_at timestamptz
  ) language plpgsql volatile as $$
  declare i int;
  begin
    for i in 1 .. coalesce(array_length(key_ids, 1), 0) loop
      perform set_config('gatehouse.workspace_id', workspace_ids[i]::text, true);
      return query
        select i, k.id, w.id, w.slug, w.name, k.name, k.scopes, k.secret_hash, k.allowed_ips, k.created_by, k.expires_at
          from api_keys k join workspaces w on w.id = k.workspace_id
         where k.id = key_ids[i] and k.revoked_at is null and (k.expires_at is null or k.expires_at > now());
    end loop;
    perform set_config('gatehouse.workspace_id', '', true);
  end $$;
`;

const SCIM_TOKENS = `
  create table scim_tokens (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    name text not null,
    secret_hash bytea not null,
    hint text not null,
    created_by uuid not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    constraint scim_tokens__workspace_id unique (workspace_id, id),
    constraint scim_tokens__created_by foreign key (workspace_id, created_by) references members (workspace_id, id)
  );
  create index scim_tokens__created_by on scim_tokens (workspace_id, created_by);
  call confine_to_workspace('scim_tokens', 'select, insert, update');

  -- As recognise_sessions, for SCIM tokens.
  create function recognise_scim_tokens(workspace_ids uuid[], token_ids uuid[])
  returns table (ordinal int, token_id uuid, workspace_id uuid, name text, secret_hash bytea)
  language plpgsql volatile as $$
  declare i int;
  begin
    for i in 1 .. coalesce(array_length(token_ids, 1), 0) loop
      perform set_config('gatehouse.workspace_id', workspace_ids[i]::text, true);
      return query
        select i, t.id, t.workspace_id, t.name, t.secret_hash
          from scim_tokens t
         where t.id = token_ids[i] and t.revoked_at is null and (t.expires_at is null or t.expires_at > now());
    end loop;
    perform set_config('gatehouse.workspace_id', '', true);
  end $$;
`;

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Our side of a connection: several keys at once, how requests are written, and logging out in both directions. */
export class ServiceProvider1764000000012 implements MigrationInterface {
  readonly name = 'ServiceProvider1764000000012';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [CONNECTION_KEYS, FIND_CONNECTION, REQUESTS, LOGOUT]) {
      await runner.query(statements);
    }
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const CONNECTION_KEYS = `
  -- The key pairs that we are known by at an identity provider: one signs, all of them are published.
  create table connection_keys (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    connection_id uuid not null,
    -- published: known to the other side before it is used. retiring: used no more, still published for a while.
    state text not null
      constraint connection_keys__state check (state in ('published', 'active', 'retiring')),
    -- PEM.
    certificate text not null,
    -- The private key, sealed.
    secret_id uuid not null,
    created_at timestamptz not null default now(),
    activated_at timestamptz,
    retires_at timestamptz,
    constraint connection_keys__workspace_id unique (workspace_id, id),
    constraint connection_keys__retires_at check ((state = 'retiring') = (retires_at is not null)),
    constraint connection_keys__connection foreign key (workspace_id, connection_id)
      references sso_connections (workspace_id, id) on delete cascade,
    constraint connection_keys__secret foreign key (workspace_id, secret_id) references secrets (workspace_id, id)
  );
  create index connection_keys__connection on connection_keys (workspace_id, connection_id);
  create index connection_keys__secret on connection_keys (workspace_id, secret_id);
  create unique index connection_keys__active__unique on connection_keys (connection_id) where state = 'active';

  -- The owner sees the rows of all workspaces for this one statement.
  alter table saml_settings no force row level security;
  insert into connection_keys (workspace_id, connection_id, state, certificate, secret_id, activated_at)
    select workspace_id, connection_id, 'active', sp_certificate, sp_key_secret_id, now() from saml_settings;
  alter table saml_settings force row level security;
  call confine_to_workspace('connection_keys');

  alter table saml_settings drop column sp_certificate, drop column sp_key_secret_id;
  create index saml_settings__connection on saml_settings (workspace_id, connection_id);
`;

const FIND_CONNECTION = `
  drop function find_connection(uuid);
  -- The connection with its settings and keys, whatever workspace it belongs to; no row when there is none. As the
  -- recognise_* functions, it enters the workspace first, so that even this look-up is confined.
  create function find_connection(wanted uuid) returns table (connection jsonb, saml jsonb, oidc jsonb, keys jsonb)
  language plpgsql volatile as $$
  declare
    here uuid := (select cw.workspace_id from connection_workspaces cw where cw.connection_id = wanted);
    caller_workspace text := coalesce(current_setting('gatehouse.workspace_id', true), '');
  begin
    if here is null then return; end if;
    perform set_config('gatehouse.workspace_id', here::text, true);
    return query
      select to_jsonb(c), to_jsonb(s), to_jsonb(o),
             (select coalesce(jsonb_agg(to_jsonb(k) order by k.created_at, k.id), '[]') from connection_keys k
               where k.workspace_id = c.workspace_id and k.connection_id = c.id
                 and (k.retires_at is null or k.retires_at > now()))
        from sso_connections c
        left join saml_settings s on s.workspace_id = c.workspace_id and s.connection_id = c.id
        left join oidc_settings o on o.workspace_id = c.workspace_id and o.connection_id = c.id
       where c.id = wanted;
    perform set_config('gatehouse.workspace_id', caller_workspace, true);
  end $$;
`;

const REQUESTS = `
  alter table saml_settings
    add column request_binding text not null default 'redirect'
      constraint saml_settings__request_binding check (request_binding in ('redirect', 'post')),
    -- Where requests are posted to; sso_url is for redirects.
    add column sso_post_url text,
    add column sign_requests boolean not null default true,
    add column force_authn boolean not null default false,
    -- {classRefs, comparison}; null: the identity provider decides how people sign in.
    add column requested_authn_context jsonb,
    -- An answer that nobody asked for starts a sign-in of the ordinary kind. It is trusted in no case.
    add column allow_idp_initiated boolean not null default false,
    add column slo_binding text not null default 'redirect'
      constraint saml_settings__slo_binding check (slo_binding in ('redirect', 'post')),
    -- ResponseLocation: where answers about logging out go, if not to slo_url.
    add column slo_response_url text;
`;

const LOGOUT = `
  -- What the identity provider must be told about a session when it is to end there too. SAML: the NameID with its
  -- format and qualifiers, as received.
  alter table sessions add column logout_hint jsonb;
  alter table sign_in_codes add column logout_hint jsonb;

  -- A logout that left for an identity provider and has not come back yet. Consumed by one conditional update.
  create table logout_requests (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    connection_id uuid not null,
    -- Null when it was asked for by a program: nobody knows which browser will carry it.
    browser_hash bytea,
    redirect_uri text,
    -- The signed message, when it is to be posted by a page of ours.
    message text,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    consumed_at timestamptz,
    constraint logout_requests__connection foreign key (workspace_id, connection_id)
      references sso_connections (workspace_id, id) on delete cascade
  );
  create index logout_requests__connection on logout_requests (workspace_id, connection_id);
  create index logout_requests__expires_at on logout_requests (workspace_id, expires_at);
  call confine_to_workspace('logout_requests');
`;

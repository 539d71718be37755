import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an OpenID Provider is asked for and held to, and the memory of its logout tokens. */
export class OpenidConnectOptions1764000000013 implements MigrationInterface {
  readonly name = 'OpenidConnectOptions1764000000013';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table oidc_settings
        -- Whether the endpoints were typed in; otherwise the discovery document named them.
        add column manual boolean not null default false,
        add column end_session_endpoint text,
        add column token_endpoint_auth_methods_supported text[] not null default '{}',
        add column backchannel_logout_supported boolean not null default false,
        add column backchannel_logout_session_supported boolean not null default false,
        -- Seconds since the person last showed who they are.
        add column max_age int
          constraint oidc_settings__max_age check (max_age between 0 and 31536000),
        add column prompt text
          constraint oidc_settings__prompt check (prompt in ('login', 'select_account', 'consent')),
        add column acr_values text[] not null default '{}',
        -- Whether one of acr_values has to come back; otherwise they are a wish.
        add column acr_required boolean not null default false,
        -- Entra: the tenant (tid) whose people may sign in.
        add column entra_tenant_id uuid,
        -- Google: the organisation's domain (hd).
        add column hosted_domain text;

      -- A connection with a key of its own needs no secret.
      alter table oidc_settings
        alter column client_secret_id drop not null,
        drop constraint oidc_settings__token_endpoint_auth_method,
        add constraint oidc_settings__token_endpoint_auth_method check (
          token_endpoint_auth_method in ('client_secret_basic', 'client_secret_post', 'private_key_jwt')),
        add constraint oidc_settings__client_secret_present check (
          client_secret_id is not null or token_endpoint_auth_method = 'private_key_jwt');

      -- Logout tokens that were used, until they could not be used anyway (OpenID Connect Back-Channel Logout 1.0
      -- section 2.6). The hash of jti: it is the provider's text and may be long.
      create table oidc_logout_tokens (
        workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
        connection_id uuid not null,
        jti_hash bytea not null,
        expires_at timestamptz not null,
        constraint oidc_logout_tokens__pk primary key (connection_id, jti_hash),
        constraint oidc_logout_tokens__connection foreign key (workspace_id, connection_id)
          references sso_connections (workspace_id, id) on delete cascade
      );
      create index oidc_logout_tokens__connection on oidc_logout_tokens (workspace_id, connection_id);
      create index oidc_logout_tokens__expires_at on oidc_logout_tokens (workspace_id, expires_at);
      call confine_to_workspace('oidc_logout_tokens');
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

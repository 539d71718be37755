import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whom we believe when somebody's sessions are to end, beyond the sign-in itself, and what was heard already. */
export class Signals1764000000016 implements MigrationInterface {
  readonly name = 'Signals1764000000016';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Who may tell us about the people of a connection, one row per way of telling. gtr: Global Token Revocation
      -- (Universal Logout), ssf: security events pushed over the Shared Signals Framework.
      create table signal_sources (
        workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
        id uuid primary key default new_id(),
        connection_id uuid not null,
        kind text not null constraint signal_sources__kind check (kind in ('gtr', 'ssf')),
        issuer text not null,
        jwks_uri text not null,
        -- gtr: who we are at the issuer, the client id or the id of the app instance.
        subject text,
        -- ssf: whom its tokens are for.
        audience text,
        -- ssf: of the secret that is pushed along; null when the signature alone has to do.
        push_secret_hash bytea,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint signal_sources__kind__unique unique (workspace_id, connection_id, kind),
        constraint signal_sources__subject check ((kind = 'gtr') = (subject is not null)),
        constraint signal_sources__audience check ((kind = 'ssf') = (audience is not null)),
        constraint signal_sources__push_secret_hash check (kind = 'ssf' or push_secret_hash is null),
        constraint signal_sources__connection foreign key (workspace_id, connection_id)
          references sso_connections (workspace_id, id) on delete cascade
      );
      call confine_to_workspace('signal_sources');

      -- Tokens that were used, until they could not be used anyway. The hash of jti: it is the issuer's text.
      create table used_signals (
        workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
        connection_id uuid not null,
        kind text not null constraint used_signals__kind check (kind in ('gtr', 'ssf')),
        jti_hash bytea not null,
        expires_at timestamptz not null,
        constraint used_signals__pk primary key (connection_id, kind, jti_hash),
        constraint used_signals__connection foreign key (workspace_id, connection_id)
          references sso_connections (workspace_id, id) on delete cascade
      );
      create index used_signals__connection on used_signals (workspace_id, connection_id);
      create index used_signals__expires_at on used_signals (workspace_id, expires_at);
      call confine_to_workspace('used_signals');
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

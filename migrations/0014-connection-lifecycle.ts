import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every version of a connection, and every sign-in that was tried through it. */
export class ConnectionLifecycle1764000000014 implements MigrationInterface {
  readonly name = 'ConnectionLifecycle1764000000014';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [CONNECTIONS, REVISIONS, ATTEMPTS, REQUESTS]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const CONNECTIONS = `
  alter table sso_connections drop constraint sso_connections__status;
  alter table sso_connections add constraint sso_connections__status
    check (status in ('draft', 'tested', 'active', 'disabled'));
  -- The number of the settings in force.
  alter table sso_connections add column revision int not null default 1;
  -- The latest revision by which somebody has signed in.
  alter table sso_connections add column proven_revision int;
`;

const REVISIONS = `
  create table connection_revisions (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    connection_id uuid not null,
    number int not null,
    origin text not null constraint connection_revisions__origin
      check (origin in ('admin', 'setup_link', 'metadata_refresh', 'restore', 'rollback')),
    -- {type, id, email}, as in the audit log.
    author jsonb not null,
    -- {connection, saml, oidc}: the rows without ids, keys and state.
    snapshot jsonb not null,
    -- {before, after}, fit to be shown.
    diff jsonb not null,
    -- The number whose content this one brought back.
    restored_from int,
    created_at timestamptz not null default now(),
    tested_at timestamptz,
    -- Who started the test, as the author.
    tested_by jsonb,
    tested_attempt_id uuid,
    -- When somebody first signed in by it.
    proven_at timestamptz,
    constraint connection_revisions__number__unique unique (workspace_id, connection_id, number),
    constraint connection_revisions__connection foreign key (workspace_id, connection_id)
      references sso_connections (workspace_id, id) on delete cascade
  );
  call confine_to_workspace('connection_revisions');
`;

const ATTEMPTS = `
  -- Sign-ins by way of a connection, test or real, as far as they came. Kept for 30 days.
  create table login_attempts (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    connection_id uuid not null,
    kind text not null constraint login_attempts__kind check (kind in ('test', 'production')),
    status text not null constraint login_attempts__status check (status in ('started', 'passed', 'failed')),
    code text,
    revision int not null,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    subject text,
    email text,
    checks jsonb not null default '[]',
    statement jsonb,
    attributes jsonb,
    role text,
    -- Why that role.
    role_reason text,
    -- No foreign key: the record outlives what it tells of.
    member_id uuid,
    -- Of a test: who started it, and the ticket that opens it once.
    started_by jsonb,
    ticket_hash bytea,
    ticket_used_at timestamptz,
    expires_at timestamptz,
    -- Of a failure that speaks against the latest change of the connection: whose it was, as a hash.
    witness bytea,
    constraint login_attempts__connection foreign key (workspace_id, connection_id)
      references sso_connections (workspace_id, id) on delete cascade
  );
  -- Also sweeps: ids sort by age.
  create index login_attempts__connection on login_attempts (workspace_id, connection_id, id);
  create index login_attempts__witness on login_attempts (workspace_id, connection_id, revision)
    where witness is not null;
  call confine_to_workspace('login_attempts');
`;

const REQUESTS = `
  -- The test that this sign-in belongs to. No foreign key, since these rows live for a day and are written often.
  alter table sign_in_requests add column attempt_id uuid;
  -- Its answer was refused; counted once, however often it is posted.
  alter table sign_in_requests add column failed_at timestamptz;
`;

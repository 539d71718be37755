import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Links by which somebody without an account sets one connection up, and the browsers that opened them. */
export class SetupLinks1764000000019 implements MigrationInterface {
  readonly name = 'SetupLinks1764000000019';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table setup_links (
        workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
        id uuid primary key default new_id(),
        connection_id uuid not null,
        secret_hash bytea not null,
        -- Whom it was mailed to.
        contact_email text,
        -- Who answers for it: the link is dead once this member may not change connections any more.
        created_by uuid not null,
        created_at timestamptz not null default now(),
        expires_at timestamptz not null,
        revoked_at timestamptz,
        last_opened_at timestamptz,
        constraint setup_links__workspace_id unique (workspace_id, id),
        constraint setup_links__connection foreign key (workspace_id, connection_id)
          references sso_connections (workspace_id, id) on delete cascade,
        constraint setup_links__created_by foreign key (workspace_id, created_by)
          references members (workspace_id, id)
      );
      create index setup_links__connection on setup_links (workspace_id, connection_id, id);
      create index setup_links__created_by on setup_links (workspace_id, created_by);
      call confine_to_workspace('setup_links');

      -- A browser that opened a link holds a cookie of its own, for a few hours and never longer than the link.
      create table setup_visits (
        workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
        id uuid primary key default new_id(),
        link_id uuid not null,
        secret_hash bytea not null,
        created_at timestamptz not null default now(),
        expires_at timestamptz not null,
        constraint setup_visits__link foreign key (workspace_id, link_id)
          references setup_links (workspace_id, id) on delete cascade
      );
      create index setup_visits__link on setup_visits (workspace_id, link_id);
      create index setup_visits__expires_at on setup_visits (workspace_id, expires_at);
      call confine_to_workspace('setup_visits');
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

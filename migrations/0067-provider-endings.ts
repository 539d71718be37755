import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What providers have ended, for as long as somebody may come back with their word from before. */
export class ProviderEndings1764000000067 implements MigrationInterface {
  readonly name = 'ProviderEndings1764000000067';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table provider_endings (
        workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
        connection_id uuid not null,
        name_hash bytea not null,
        said_at timestamptz not null,
        expires_at timestamptz not null,
        constraint provider_endings__pk primary key (connection_id, name_hash),
        constraint provider_endings__connection foreign key (workspace_id, connection_id)
          references sso_connections (workspace_id, id) on delete cascade
      );
      comment on column provider_endings.name_hash is 'of a person, of a session at the provider, or of both';
      comment on column provider_endings.said_at is 'by the clock of the provider';
      create index provider_endings__expires_at on provider_endings (workspace_id, expires_at);
      call confine_to_workspace('provider_endings');
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

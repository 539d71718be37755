import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The record of every deed. */
export class AuditLog1764000000004 implements MigrationInterface {
  readonly name = 'AuditLog1764000000004';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [AUDIT]) {
      await runner.query(statements);
    }
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const AUDIT = `
  create table audit_events (
    workspace_id uuid not null default current_workspace_id() references workspaces (id),
    id uuid primary key default new_id(),
    time timestamptz not null default clock_timestamp(),
    type text not null,
    risk text not null constraint audit_events__risk check (risk in ('low', 'medium', 'high', 'critical')),
    actor_type text not null
      constraint audit_events__actor_type check (actor_type in ('user', 'api_key', 'scim', 'system')),
    actor_id text,
    actor_email text,
    -- Text, not uuid: a refused request may name something that never was one.
    target_type text,
    target_id text,
    ip text,
    user_agent text,
    request_id text,
    data jsonb not null default '{}',
    -- The transaction that wrote it: the deed and its record carry the same one.
    xid xid8 not null default pg_current_xact_id()
  );
  create index audit_events__page on audit_events (workspace_id, id);
  create index audit_events__type on audit_events (workspace_id, type, id);
  create index audit_events__actor on audit_events (workspace_id, actor_id, id);
  create index audit_events__target on audit_events (workspace_id, target_id, id);
  -- The log only grows: not even the service itself may change or remove an entry.
  call confine_to_workspace('audit_events', 'select, insert');
`;

import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What touches more members than one transaction should hold is done in pieces, each a transaction of its own. How far it
 * has come is written down with every piece, so that any instance goes on after a crash.
 */
export class LargeChanges1764000000056 implements MigrationInterface {
  readonly name = 'LargeChanges1764000000056';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table large_changes (
        workspace_id uuid not null default current_workspace_id() references workspaces (id),
        id uuid not null default new_id(),
        kind text not null,
        subject_id uuid,
        because text not null,
        by_type text not null,
        by_id text,
        request_id text,
        members int not null,
        done int not null default 0,
        changed int not null default 0,
        refused int not null default 0,
        after_id uuid not null default '00000000-0000-0000-0000-000000000000',
        begun_at timestamptz not null default now(),
        ended_at timestamptz,
        outcome text,
        constraint large_changes__pkey primary key (id),
        constraint large_changes__workspace_id unique (workspace_id, id),
        constraint large_changes__kind check (
          kind in ('role_rules', 'directory_convert', 'directory_suspend', 'directory_unconvert',
                   'directory_unsuspend', 'held_deactivations')),
        constraint large_changes__outcome check (outcome in ('finished', 'replaced', 'cancelled')),
        constraint large_changes__ended check ((ended_at is null) = (outcome is null))
      );
      comment on column large_changes.subject_id is 'what it belongs to, such as a hold or a switch-off';
      comment on column large_changes.by_id is 'who asked for it; what happens in pieces is on record as their deed';
      comment on column large_changes.members is 'how many it looks at, as they were when it began';
      comment on column large_changes.after_id is 'how far it has come: everything up to this id is done';
      create index large_changes__open on large_changes (workspace_id, id) where ended_at is null;
      call confine_to_workspace('large_changes');
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

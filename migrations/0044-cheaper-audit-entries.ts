import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What an entry of the audit log costs. Every change writes one, so each index and each foreign key of these tables is
 * paid by every change there is.
 */
export class CheaperAuditEntries1764000000044 implements MigrationInterface {
  readonly name = 'CheaperAuditEntries1764000000044';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [KEYS, INDEXES]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const KEYS = `
  -- A foreign key locks the row it refers to, here the same one for all writers of a workspace. What these held is so
  -- without them: workspaces and seals are never deleted (audit_seals and audit_archives refer to them), the service
  -- cannot delete keys of people, row-level security puts every row into the workspace in flight, and a leaf is
  -- inserted by the statement that inserts its seal. What names a key that is not there is sealed for good, as after an
  -- erasure.
  alter table audit_events
    drop constraint audit_events_workspace_id_fkey,
    drop constraint audit_events__actor_person,
    drop constraint audit_events__data_person;
  alter table audit_leaves
    drop constraint audit_leaves_workspace_id_fkey,
    drop constraint audit_leaves__seal;
`;

const INDEXES = `
  -- One index for the key and for pages of a workspace.
  alter table audit_events drop constraint audit_events_pkey,
    add constraint audit_events__key primary key (workspace_id, id);
  drop index audit_events__page, audit_events__data_person, audit_events__actor_person;
  -- What somebody did is found by their id; these two are for the few entries without one.
  create index audit_events__actor_without_id on audit_events (workspace_id, actor_person, id)
    where actor_id is null and actor_person is not null;
  create index audit_events__actor_email on audit_events (workspace_id, actor_email, id)
    where actor_email is not null;
  -- What is rare is not found by leafing through.
  create index audit_events__high_risk on audit_events (workspace_id, risk, id) where risk in ('high', 'critical');
`;

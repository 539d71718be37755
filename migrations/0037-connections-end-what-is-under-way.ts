import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A connection that is withdrawn takes along not only its sessions, but also what was about to become one. */
export class ConnectionsEndWhatIsUnderWay1764000000037 implements MigrationInterface {
  readonly name = 'ConnectionsEndWhatIsUnderWay1764000000037';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create or replace function end_sessions_of_connection() returns trigger language plpgsql as $$ begin
        if tg_op = 'DELETE' or (old.status = 'active' and new.status = 'disabled') then
          update sessions set ended_at = now(), end_reason = 'connection_withdrawn'
            where workspace_id = old.workspace_id and connection_id = old.id and ended_at is null;
          update sign_in_codes set consumed_at = now()
            where workspace_id = old.workspace_id and connection_id = old.id and consumed_at is null;
          update mfa_challenges set consumed_at = now()
            where workspace_id = old.workspace_id and connection_id = old.id and consumed_at is null;
          update link_proofs set consumed_at = now()
            where workspace_id = old.workspace_id and connection_id = old.id and consumed_at is null;
        end if;
        return case tg_op when 'DELETE' then old else new end;
      end $$;
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

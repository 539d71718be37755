import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A trust that is withdrawn takes with it what it had opened. */
export class ConnectionsEndSessions1764000000008 implements MigrationInterface {
  readonly name = 'ConnectionsEndSessions1764000000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function end_sessions_of_connection() returns trigger language plpgsql as $$ begin
        if tg_op = 'DELETE' or (old.status = 'active' and new.status = 'disabled') then
          update sessions set ended_at = now(), end_reason = 'connection_withdrawn'
            where workspace_id = old.workspace_id and connection_id = old.id and ended_at is null;
        end if;
        return case tg_op when 'DELETE' then old else new end;
      end $$;
      create trigger end_sessions_of_connection before delete or update of status on sso_connections
        for each row execute function end_sessions_of_connection();
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

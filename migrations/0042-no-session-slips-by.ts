import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A sign-in that finishes in the very moment in which its connection is disabled: its session is either there already
 * and ends with the others, or it waits for what is being decided and is over before it began. Sessions of a workspace
 * share the lock that whoever ends many of them takes alone. A connection that is deleted needs none: no session can
 * refer to it any more.
 */
export class NoSessionSlipsBy1764000000042 implements MigrationInterface {
  readonly name = 'NoSessionSlipsBy1764000000042';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create or replace function end_sessions_of_connection() returns trigger language plpgsql as $$ begin
        if tg_op = 'DELETE' or (old.status = 'active' and new.status = 'disabled') then
          if tg_op = 'UPDATE' then
            perform pg_advisory_xact_lock(48127, hashtext(old.workspace_id::text));
          end if;
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

      -- After fit_session_to_policy, which takes the lock: triggers run in the order of their names.
      create function refuse_session_of_disabled_connection() returns trigger language plpgsql as $$ begin
        if exists (select from sso_connections
                    where workspace_id = new.workspace_id and id = new.connection_id and status = 'disabled') then
          new.ended_at := now();
          new.end_reason := 'connection_withdrawn';
        end if;
        return new;
      end $$;
      create trigger refuse_session_of_disabled_connection before insert on sessions
        for each row when (new.connection_id is not null) execute function refuse_session_of_disabled_connection();
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

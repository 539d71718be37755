import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Codes, challenges and sessions end in the order in which one leads to the next: a second step that is being taken may
 * end in a code for an application as well as in a session. So far the codes came first, and one that was made by a
 * second step in that very moment was left.
 */
export class SecondStepsEndFirst1764000000059 implements MigrationInterface {
  readonly name = 'SecondStepsEndFirst1764000000059';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(PASSWORDS);
    await runner.query(CONNECTIONS);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const PASSWORDS = `
  create or replace function end_all_of_user(of_user uuid, why text, kept_session uuid)
  returns table (workspace_id uuid, member_id uuid, sessions int) language plpgsql volatile as $$
  declare
    here uuid;
    member uuid;
    ended int;
    caller_workspace text := coalesce(current_setting('gatehouse.workspace_id', true), '');
  begin
    for here in select uw.workspace_id from user_workspaces uw where uw.user_id = of_user order by uw.workspace_id loop
      perform set_config('gatehouse.workspace_id', here::text, true);
      for member in select m.id from members m where m.workspace_id = here and m.user_id = of_user loop
        update mfa_challenges c set consumed_at = now()
          where c.workspace_id = here and c.member_id = member and c.consumed_at is null;
        update sign_in_codes c set consumed_at = now()
          where c.workspace_id = here and c.member_id = member and c.consumed_at is null;
        update link_proofs p set consumed_at = now()
          where p.workspace_id = here and p.member_id = member and p.consumed_at is null;
        update password_resets r set consumed_at = now()
          where r.workspace_id = here and r.member_id = member and r.consumed_at is null;
        update sessions s set ended_at = now(), end_reason = why
          where s.workspace_id = here and s.member_id = member and s.ended_at is null
            and s.id is distinct from kept_session;
        get diagnostics ended = row_count;
        if ended > 0 then
          workspace_id := here; member_id := member; sessions := ended;
          return next;
        end if;
      end loop;
    end loop;
    perform set_config('gatehouse.workspace_id', caller_workspace, true);
  end $$;
`;

const CONNECTIONS = `
  create or replace function end_sessions_of_connection() returns trigger language plpgsql as $$ begin
    if tg_op = 'DELETE' or (old.status = 'active' and new.status = 'disabled') then
      update mfa_challenges set consumed_at = now()
        where workspace_id = old.workspace_id and connection_id = old.id and consumed_at is null;
      update sign_in_codes set consumed_at = now()
        where workspace_id = old.workspace_id and connection_id = old.id and consumed_at is null;
      update link_proofs set consumed_at = now()
        where workspace_id = old.workspace_id and connection_id = old.id and consumed_at is null;
      if tg_op = 'UPDATE' then
        perform pg_advisory_xact_lock(48127, hashtext(old.workspace_id::text));
      end if;
      update sessions set ended_at = now(), end_reason = 'connection_withdrawn'
        where workspace_id = old.workspace_id and connection_id = old.id and ended_at is null;
    end if;
    return case tg_op when 'DELETE' then old else new end;
  end $$;
`;

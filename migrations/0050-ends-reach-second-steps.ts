import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A new password ends what the old one opened. So far the sessions ended first and then the challenges: a second step
 * that was being taken opened its session in between. Now it comes first what sign-ins take up first: who is at it is
 * waited for, and the session it opened ends with the others.
 */
export class EndsReachSecondSteps1764000000050 implements MigrationInterface {
  readonly name = 'EndsReachSecondSteps1764000000050';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
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
            update sign_in_codes c set consumed_at = now()
              where c.workspace_id = here and c.member_id = member and c.consumed_at is null;
            update mfa_challenges c set consumed_at = now()
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
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

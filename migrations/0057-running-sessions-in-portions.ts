import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a policy shortens is shortened before, in portions, where there are very many sessions. The trigger, which sees to
 * it whoever writes the policy, leaves sessions alone that fit already instead of writing all of them once more.
 */
export class RunningSessionsInPortions1764000000057 implements MigrationInterface {
  readonly name = 'RunningSessionsInPortions1764000000057';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create or replace function tighten_running_sessions() returns trigger language plpgsql as $$ begin
        perform pg_advisory_xact_lock(48127, hashtext(new.workspace_id::text));
        update sessions
           set idle_seconds = least(idle_seconds, new.idle_seconds),
               expires_at = least(expires_at, created_at + make_interval(secs => new.absolute_seconds)),
               access_token_seconds = least(access_token_seconds, new.access_token_seconds),
               fresh_seconds = new.fresh_seconds
         where workspace_id = new.workspace_id and ended_at is null
           and (idle_seconds > new.idle_seconds
                or expires_at > created_at + make_interval(secs => new.absolute_seconds)
                or access_token_seconds > new.access_token_seconds or access_token_seconds is null
                or fresh_seconds is distinct from new.fresh_seconds);
        if new.max_concurrent_sessions < coalesce(old.max_concurrent_sessions, 2147483647) then
          update sessions set ended_at = now(), end_reason = 'too_many_sessions'
           where workspace_id = new.workspace_id and id in (
             select id from (
               select id, row_number() over (partition by member_id order by created_at desc, id desc) as place
                 from sessions
                where workspace_id = new.workspace_id and ended_at is null and expires_at > now()
                  and last_used_at + make_interval(secs => idle_seconds) > now()
             ) live where place > new.max_concurrent_sessions);
        end if;
        return null;
      end $$;
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

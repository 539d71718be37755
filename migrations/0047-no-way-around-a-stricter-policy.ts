import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A session that begins while the policy becomes stricter: it is there already and goes the way of the others, or it
 * waits for what is being decided and is judged by that. So far this held for its times and its connection; now it holds
 * for everything that ends sessions or makes them shorter.
 *
 * Who takes many sessions away has the turn of the workspace (the lock 48127) alone, who opens one shares it. Before the
 * turn come the rows that sign-ins take up before they open a session: codes and challenges. In another order the two
 * would wait for each other.
 */
export class NoWayAroundAStricterPolicy1764000000047 implements MigrationInterface {
  readonly name = 'NoWayAroundAStricterPolicy1764000000047';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [LIMIT, SECOND_FACTORS, FITTING, PASSWORDS, CONNECTIONS])
      await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const LIMIT = `
  -- As before, for whichever workspace; and the turn comes before the sessions that end, as wherever many do.
  create function end_sessions_of_member_beyond(of_workspace uuid, member uuid, most int) returns setof uuid
  language plpgsql volatile as $$ begin
    perform pg_advisory_xact_lock_shared(48127, hashtext(of_workspace::text));
    perform pg_advisory_xact_lock(48128, hashtext(member::text));
    return query
      update sessions set ended_at = now(), end_reason = 'too_many_sessions'
       where workspace_id = of_workspace and ended_at is null and id in (
         select s.id from sessions s
          where s.workspace_id = of_workspace and s.member_id = member and s.ended_at is null
            and s.expires_at > now() and s.last_used_at + make_interval(secs => s.idle_seconds) > now()
          order by s.created_at desc, s.id desc offset most)
      returning id;
  end $$;
  create or replace function end_sessions_beyond(member uuid, most int) returns setof uuid
  language sql volatile as $$
    select end_sessions_of_member_beyond(current_workspace_id(), member, most)
  $$;
`;

const SECOND_FACTORS = `
  create or replace function shorten_browser_sessions_of_policy() returns trigger language plpgsql as $$ begin
    perform pg_advisory_xact_lock(48127, hashtext(new.workspace_id::text));
    perform shorten_browser_sessions(new.workspace_id, null);
    return null;
  end $$;
  -- Whoever came in under the demands of a moment ago. The turn has been taken by fit_session_to_policy.
  create function shorten_browser_session_that_begins() returns trigger language plpgsql as $$ begin
    perform shorten_browser_sessions(new.workspace_id, new.member_id);
    return null;
  end $$;
  create trigger shorten_browser_session_that_begins after insert on sessions
    for each row when (new.cookie_hash is not null) execute function shorten_browser_session_that_begins();
`;

const FITTING = `
  create or replace function fit_session_to_policy() returns trigger language plpgsql as $$
  declare
    policy record;
  begin
    perform pg_advisory_xact_lock_shared(48127, hashtext(new.workspace_id::text));
    select idle_seconds, absolute_seconds, access_token_seconds, fresh_seconds, max_concurrent_sessions,
           sso_enforced, break_glass_member_ids
      into policy from workspace_policies where workspace_id = new.workspace_id;
    if not found then return new; end if;
    new.idle_seconds := least(new.idle_seconds, policy.idle_seconds);
    new.expires_at := least(new.expires_at, new.created_at + make_interval(secs => policy.absolute_seconds));
    new.access_token_seconds := policy.access_token_seconds;
    new.fresh_seconds := policy.fresh_seconds;
    -- What follows was asked before, of the policy as it was then: here it catches who asked a moment too early.
    if policy.sso_enforced and new.method in ('password', 'passkey')
       and not (new.member_id = any (policy.break_glass_member_ids) and 'mfa' = any (new.amr)) then
      new.ended_at := now();
      new.end_reason := 'sso_enforced';
    elsif policy.max_concurrent_sessions is not null then
      perform end_sessions_of_member_beyond(new.workspace_id, new.member_id, policy.max_concurrent_sessions - 1);
    end if;
    return new;
  end $$;
`;

const PASSWORDS = `
  -- As before, alone with the sessions. The row of the workspace comes first, as for whoever takes members out, because
  -- keep_a_break_glass_admin locks it later.
  create or replace function end_sessions_of_refused_passwords() returns trigger language plpgsql as $$ begin
    perform 1 from workspaces where id = new.workspace_id for no key update;
    update mfa_challenges set consumed_at = now()
      where workspace_id = new.workspace_id and method in ('password', 'passkey') and consumed_at is null;
    perform pg_advisory_xact_lock(48127, hashtext(new.workspace_id::text));
    update sessions set ended_at = now(), end_reason = 'sso_enforced'
      where workspace_id = new.workspace_id and method in ('password', 'passkey') and ended_at is null
        and not (member_id = any (new.break_glass_member_ids) and 'mfa' = any (amr));
    return null;
  end $$;
`;

const CONNECTIONS = `
  create or replace function end_sessions_of_connection() returns trigger language plpgsql as $$ begin
    if tg_op = 'DELETE' or (old.status = 'active' and new.status = 'disabled') then
      update sign_in_codes set consumed_at = now()
        where workspace_id = old.workspace_id and connection_id = old.id and consumed_at is null;
      update mfa_challenges set consumed_at = now()
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

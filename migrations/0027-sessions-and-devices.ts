import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Sessions that follow the policy of their workspace while they run, the devices people signed in with, refresh tokens
 * whose answer got lost, sign-ins that ask for a recent authentication, and signing keys that can be revoked.
 */
export class SessionsAndDevices1764000000027 implements MigrationInterface {
  readonly name = 'SessionsAndDevices1764000000027';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [
      POLICY,
      FITTING,
      LIMIT,
      RECOGNISE_SESSIONS,
      REFRESH_TOKENS,
      DEVICES,
      SIGN_INS,
      SIGNING_KEYS,
    ])
      await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const POLICY = `
  alter table workspace_policies
    -- How long ago somebody may have proved who they are for what a session left open must not do.
    add column fresh_seconds int not null default 900
      constraint workspace_policies__fresh_seconds check (fresh_seconds between 60 and 86400),
    -- Live sessions of one member; null: as many as they like.
    add column max_concurrent_sessions int
      constraint workspace_policies__max_concurrent_sessions check (max_concurrent_sessions between 1 and 1000);

  -- What the policy says, beside the session it is about: whoever recognises a session reads one row. Null in sessions
  -- from before: no limit of its own for tokens, and the default for the other.
  alter table sessions
    add column access_token_seconds int,
    add column fresh_seconds int;
`;

const FITTING = `
  -- A session that begins while the policy changes is either inserted before and tightened with the others, or it waits
  -- and is fitted to the new policy: sessions of a workspace share a lock that its policy takes alone.
  create function fit_session_to_policy() returns trigger language plpgsql as $$
  declare
    policy record;
  begin
    perform pg_advisory_xact_lock_shared(48127, hashtext(new.workspace_id::text));
    select idle_seconds, absolute_seconds, access_token_seconds, fresh_seconds into policy
      from workspace_policies where workspace_id = new.workspace_id;
    if found then
      new.idle_seconds := least(new.idle_seconds, policy.idle_seconds);
      new.expires_at := least(new.expires_at, new.created_at + make_interval(secs => policy.absolute_seconds));
      new.access_token_seconds := policy.access_token_seconds;
      new.fresh_seconds := policy.fresh_seconds;
    end if;
    return new;
  end $$;
  create trigger fit_session_to_policy before insert on sessions
    for each row execute function fit_session_to_policy();

  -- A policy that becomes stricter holds for running sessions from its COMMIT on. None of them ever becomes longer.
  create function tighten_running_sessions() returns trigger language plpgsql as $$ begin
    perform pg_advisory_xact_lock(48127, hashtext(new.workspace_id::text));
    update sessions
       set idle_seconds = least(idle_seconds, new.idle_seconds),
           expires_at = least(expires_at, created_at + make_interval(secs => new.absolute_seconds)),
           access_token_seconds = least(access_token_seconds, new.access_token_seconds),
           fresh_seconds = new.fresh_seconds
     where workspace_id = new.workspace_id and ended_at is null;
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
  create trigger tighten_running_sessions
    after update of idle_seconds, absolute_seconds, access_token_seconds, fresh_seconds, max_concurrent_sessions
    on workspace_policies for each row
    when ((old.idle_seconds, old.absolute_seconds, old.access_token_seconds, old.fresh_seconds,
           old.max_concurrent_sessions)
          is distinct from
          (new.idle_seconds, new.absolute_seconds, new.access_token_seconds, new.fresh_seconds,
           new.max_concurrent_sessions))
    execute function tighten_running_sessions();
`;

const LIMIT = `
  -- Ends the oldest live sessions of a member until this many are left, and answers which. Whoever opens a session of
  -- the same member waits until this transaction ends, and then counts what it opened.
  create function end_sessions_beyond(member uuid, most int) returns setof uuid language plpgsql volatile as $$ begin
    perform pg_advisory_xact_lock(48128, hashtext(member::text));
    return query
      update sessions set ended_at = now(), end_reason = 'too_many_sessions'
       where workspace_id = current_workspace_id() and ended_at is null and id in (
         select s.id from sessions s
          where s.workspace_id = current_workspace_id() and s.member_id = member and s.ended_at is null
            and s.expires_at > now() and s.last_used_at + make_interval(secs => s.idle_seconds) > now()
          order by s.created_at desc, s.id desc offset most)
      returning id;
  end $$;
`;

const RECOGNISE_SESSIONS = `
  drop function recognise_sessions(uuid[], uuid[]);
  -- A browser or mobile client proved who it is: the state of session, member, user and workspace at this
  -- moment, for a whole batch of requests in one round trip. Sets the workspace for each row it reads, so the
  -- look-up is itself confined. No row: no such live session.
  create function recognise_sessions(workspace_ids uuid[], session_ids uuid[])
  returns table (
    ordinal int, session_id uuid, workspace_id uuid, workspace_slug text, workspace_name text, member_id uuid,
    user_id uuid, email text, display_name text, role text, approver boolean, method text, connection_id uuid,
    amr text[], authenticated_at timestamptz, cookie_hash bytea, use_noted boolean, access_token_seconds int,
    fresh_seconds int
  ) language plpgsql volatile as $$
  declare i int;
  begin
    for i in 1 .. coalesce(array_length(session_ids, 1), 0) loop
      perform set_config('gatehouse.workspace_id', workspace_ids[i]::text, true);
      return query
        select i, s.id, w.id, w.slug, w.name, m.id, m.user_id, m.email, m.display_name, m.role, m.approver,
               s.method, s.connection_id, s.amr, s.authenticated_at, s.cookie_hash,
               s.last_used_at > now() - interval '50 seconds', s.access_token_seconds, s.fresh_seconds
          from sessions s
          join members m on m.workspace_id = s.workspace_id and m.id = s.member_id
          join workspaces w on w.id = s.workspace_id
         -- The workspace as a value: compared with the setting, a small table would read that once per row.
         where s.id = session_ids[i] and w.id = workspace_ids[i]
           and s.ended_at is null and m.removed_at is null
           and s.expires_at > now()
           and s.last_used_at + make_interval(secs => s.idle_seconds) > now();
    end loop;
    perform set_config('gatehouse.workspace_id', '', true);
  end $$;
`;

const REFRESH_TOKENS = `
  alter table refresh_tokens
    add column successor_id uuid,
    -- What the exchange answered, for whoever never got the answer. Sealed under the token that was exchanged, which
    -- nobody keeps.
    add column sealed_answer text;
  create index refresh_tokens__answer on refresh_tokens (workspace_id, successor_id) where sealed_answer is not null;
`;

const DEVICES = `
  -- What members signed in with, to tell them of something new. Nothing in a row says what or whose it is but the member.
  create table member_devices (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    member_id uuid not null,
    -- A keyed hash of member and device cookie, or of member, kind of program and network.
    key_hash bytea not null,
    first_seen_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    constraint member_devices__key_hash unique (workspace_id, member_id, key_hash),
    constraint member_devices__member foreign key (workspace_id, member_id) references members (workspace_id, id)
  );
  call confine_to_workspace('member_devices');
`;

const SIGN_INS = `
  -- How many seconds ago the provider may have asked who somebody is; null: whenever it was.
  alter table sign_in_requests add column max_age int;
  -- Where the browser was that signed in: the code is redeemed by an application somewhere else.
  alter table sign_in_codes add column ip text, add column user_agent text;
`;

const SIGNING_KEYS = `
  -- Revoked: what it signed is refused. Retired without: its last token had died.
  alter table signing_keys add column revoked_at timestamptz;

  -- Every instance reads the keys again at once.
  create function announce_signing_keys() returns trigger language plpgsql as $$ begin
    notify signing_keys;
    return null;
  end $$;
  create trigger announce_signing_keys after insert or update on signing_keys
    for each statement execute function announce_signing_keys();
`;

import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a directory may do to people, and what is kept of it: receipts of departures, changes that wait for an admin,
 * the activity log, and how a directory is switched off.
 */
export class WhatDirectoriesChange1764000000023 implements MigrationInterface {
  readonly name = 'WhatDirectoriesChange1764000000023';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [
      POLICY,
      OFFBOARDINGS,
      KILL_SWITCH,
      NOTHING_OPENED_MEANWHILE,
      HOLDS,
      BREAKER,
      ACTIVITY,
      SWITCH_OFF,
    ])
      await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const POLICY = `
  alter table workspace_policies
    -- A directory that would deactivate more than this many members and more than this part of all within the window
    -- waits for an admin. 100 %: it never does.
    add column scim_mass_change_members int not null default 10
      constraint workspace_policies__scim_mass_change_members check (scim_mass_change_members between 0 and 1000000),
    add column scim_mass_change_percent int not null default 20
      constraint workspace_policies__scim_mass_change_percent check (scim_mass_change_percent between 1 and 100),
    add column scim_mass_change_window_minutes int not null default 60
      constraint workspace_policies__scim_mass_change_window check (scim_mass_change_window_minutes between 1 and 10080);
`;

const OFFBOARDINGS = `
  alter table api_keys
    -- Since when whoever made the key is out, where the workspace keeps such keys.
    add column creator_left_at timestamptz;

  -- The receipt of a departure: all that ended with it, by kind, and what the policy kept.
  create table offboardings (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    member_id uuid not null,
    at timestamptz not null default now(),
    reason text,
    -- Who did it; null while nobody said so.
    by_type text,
    by_id text,
    ended jsonb not null,
    kept jsonb not null,
    -- Whether a directory did it to somebody who was there: not to a user it had just made and nobody had used, as
    -- connectors do when they are tested.
    by_directory boolean not null default false,
    restored_at timestamptz,
    constraint offboardings__workspace_id unique (workspace_id, id),
    constraint offboardings__member foreign key (workspace_id, member_id) references members (workspace_id, id)
  );
  create index offboardings__member on offboardings (workspace_id, member_id, at);
  create index offboardings__by_directory on offboardings (workspace_id, at) where by_directory and restored_at is null;
  call confine_to_workspace('offboardings', 'select, insert, update');
`;

const KILL_SWITCH = `
  drop trigger end_sessions_of_removed_member on members;
  drop function end_sessions_of_removed_member();
  drop trigger settle_api_keys_of_removed_member on members;
  drop function settle_api_keys_of_removed_member();

  -- Whoever leaves, by whichever road, loses all of this in the same statement, and the receipt says what it was.
  -- API keys follow the policy of the workspace: revoked, or kept and marked.
  -- Whether a directory made this member within its window for mass changes, and nobody ever came in with it.
  create function is_fleeting(candidate members) returns boolean language sql stable as $$
    select candidate.source = 'scim'
       and candidate.created_at > now() - coalesce(
             (select make_interval(mins => p.scim_mass_change_window_minutes) from workspace_policies p
               where p.workspace_id = candidate.workspace_id), interval '1 hour')
       and not exists (select from sessions s
                        where s.workspace_id = candidate.workspace_id and s.member_id = candidate.id)
  $$;

  create function offboard_member() returns trigger language plpgsql as $$
  declare
    ended jsonb := '{}';
    kept jsonb := '{}';
    ids uuid[];
    seeds uuid[];
  begin
    with s as (update sessions set ended_at = now(), end_reason = 'member_removed'
                where workspace_id = new.workspace_id and member_id = new.id and ended_at is null returning id)
      select array_agg(id) into ids from s;
    ended := ended || jsonb_build_object('sessions', coalesce(ids, '{}'));
    -- They die with their sessions.
    select array_agg(r.id) into ids from refresh_tokens r
     where r.workspace_id = new.workspace_id and r.session_id = any (ids) and r.used_at is null;
    ended := ended || jsonb_build_object('refreshTokens', coalesce(ids, '{}'));

    with c as (update sign_in_codes set consumed_at = now()
                where workspace_id = new.workspace_id and member_id = new.id and consumed_at is null
                  and expires_at > now() returning id)
      select array_agg(id) into ids from c;
    ended := ended || jsonb_build_object('signInCodes', coalesce(ids, '{}'));
    with c as (update mfa_challenges set consumed_at = now()
                where workspace_id = new.workspace_id and member_id = new.id and consumed_at is null
                  and expires_at > now() returning id)
      select array_agg(id) into ids from c;
    ended := ended || jsonb_build_object('mfaChallenges', coalesce(ids, '{}'));
    -- A factor that never was confirmed is a secret on the way to a person.
    with f as (delete from factors where workspace_id = new.workspace_id and member_id = new.id
                  and confirmed_at is null returning id, secret_id)
      select array_agg(id), array_agg(secret_id) into ids, seeds from f;
    if ids is not null then
      delete from secrets where workspace_id = new.workspace_id and id = any (seeds);
    end if;
    ended := ended || jsonb_build_object('factorEnrolments', coalesce(ids, '{}'));
    with p as (update link_proofs set consumed_at = now()
                where workspace_id = new.workspace_id and member_id = new.id and consumed_at is null
                  and expires_at > now() returning id)
      select array_agg(id) into ids from p;
    ended := ended || jsonb_build_object('linkProofs', coalesce(ids, '{}'));

    -- Those they sent, and one that waits for themselves.
    with i as (update invitations set revoked_at = now()
                where workspace_id = new.workspace_id and (invited_by = new.id or email = new.email)
                  and accepted_at is null and revoked_at is null and expires_at > now() returning id)
      select array_agg(id) into ids from i;
    ended := ended || jsonb_build_object('invitations', coalesce(ids, '{}'));
    with l as (update setup_links set revoked_at = now()
                where workspace_id = new.workspace_id and created_by = new.id and revoked_at is null
                  and expires_at > now() returning id)
      select array_agg(id) into ids from l;
    ended := ended || jsonb_build_object('setupLinks', coalesce(ids, '{}'));

    if coalesce((select p.api_keys_on_member_removal from workspace_policies p
                  where p.workspace_id = new.workspace_id), 'revoke') = 'revoke' then
      with k as (update api_keys set revoked_at = now(), revoke_reason = 'creator_removed'
                  where workspace_id = new.workspace_id and created_by = new.id and revoked_at is null returning id)
        select array_agg(id) into ids from k;
      ended := ended || jsonb_build_object('apiKeys', coalesce(ids, '{}'));
      kept := kept || jsonb_build_object('apiKeys', '{}'::uuid[]);
    else
      with k as (update api_keys set creator_left_at = now()
                  where workspace_id = new.workspace_id and created_by = new.id and revoked_at is null returning id)
        select array_agg(id) into ids from k;
      ended := ended || jsonb_build_object('apiKeys', '{}'::uuid[]);
      kept := kept || jsonb_build_object('apiKeys', coalesce(ids, '{}'));
    end if;

    insert into offboardings (workspace_id, member_id, reason, ended, kept, by_directory)
    values (new.workspace_id, new.id, new.removal_reason, ended, kept,
            coalesce(new.removal_reason = 'scim', false) and not is_fleeting(new));
    return null;
  end $$;
  create trigger offboard_member after update of removed_at on members
    for each row when (old.removed_at is null and new.removed_at is not null)
    execute function offboard_member();

  -- Nothing that ended comes back with the person; only the mark on keys that were kept goes.
  create function close_offboarding() returns trigger language plpgsql as $$ begin
    update offboardings set restored_at = now()
      where workspace_id = new.workspace_id and member_id = new.id and restored_at is null;
    update api_keys set creator_left_at = null
      where workspace_id = new.workspace_id and created_by = new.id and creator_left_at is not null;
    return null;
  end $$;
  create trigger close_offboarding after update of removed_at on members
    for each row when (old.removed_at is not null and new.removed_at is null)
    execute function close_offboarding();
`;

const NOTHING_OPENED_MEANWHILE = `
  -- What is made in the name of somebody waits for their removal, or the removal waits and finds it.
  create function refuse_departed_maker() returns trigger language plpgsql as $$ begin
    perform 1 from members where workspace_id = new.workspace_id and removed_at is null
       and id = (to_jsonb(new) ->> tg_argv[0])::uuid for share;
    if not found then
      raise exception 'whoever makes this is no member any more' using errcode = 'GH004';
    end if;
    return null;
  end $$;
  create trigger refuse_departed_maker after insert on api_keys
    for each row execute function refuse_departed_maker('created_by');
  create trigger refuse_departed_maker after insert on invitations
    for each row execute function refuse_departed_maker('invited_by');
  create trigger refuse_departed_maker after insert on setup_links
    for each row execute function refuse_departed_maker('created_by');
`;

const HOLDS = `
  -- A burst of deactivations that waits for an admin.
  create table scim_holds (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    opened_at timestamptz not null default now(),
    -- What the breaker saw: how many had gone before, out of how many, and the limits of that moment.
    deactivated int not null,
    population int not null,
    members int not null,
    percent int not null,
    window_minutes int not null,
    decision text constraint scim_holds__decision check (decision in ('approved', 'rejected')),
    decided_at timestamptz,
    decided_by uuid,
    constraint scim_holds__workspace_id unique (workspace_id, id),
    constraint scim_holds__decided check ((decision is null) = (decided_at is null)),
    constraint scim_holds__decided_by foreign key (workspace_id, decided_by) references members (workspace_id, id)
  );
  create unique index scim_holds__one_open on scim_holds (workspace_id) where decided_at is null;
  create index scim_holds__decided_by on scim_holds (workspace_id, decided_by);
  create index scim_holds__decided_at on scim_holds (workspace_id, decided_at);
  call confine_to_workspace('scim_holds', 'select, insert, update');

  create table scim_held_changes (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    hold_id uuid not null,
    member_id uuid not null,
    -- Whether it was a DELETE.
    deletes boolean not null,
    -- The directory that asked, as it is recognised.
    directory_id uuid,
    attempts int not null default 1,
    first_at timestamptz not null default now(),
    last_at timestamptz not null default now(),
    constraint scim_held_changes__workspace_id unique (workspace_id, id),
    constraint scim_held_changes__member__unique unique (workspace_id, hold_id, member_id),
    constraint scim_held_changes__hold foreign key (workspace_id, hold_id) references scim_holds (workspace_id, id),
    constraint scim_held_changes__member foreign key (workspace_id, member_id) references members (workspace_id, id)
  );
  create index scim_held_changes__member on scim_held_changes (workspace_id, member_id);
  call confine_to_workspace('scim_held_changes', 'select, insert, update');
`;

const BREAKER = `
  -- Whether a directory may take this member out now: 'go', 'held' (an admin must approve) or 'rejected' (an admin
  -- said no a few days ago). One at a time in a workspace until COMMIT, so that those at once are counted.
  create function judge_deactivation(of_member uuid)
  returns table (
    verdict text, deactivated int, population int, limit_members int, limit_percent int, window_minutes int
  ) language plpgsql volatile as $$
  declare
    policy workspace_policies;
    candidate members;
    since timestamptz;
    most int;
  begin
    perform pg_advisory_xact_lock(hashtextextended('scim deactivations of ' || current_workspace_id(), 0));
    select * into policy from workspace_policies p where p.workspace_id = current_workspace_id();
    limit_members := policy.scim_mass_change_members;
    limit_percent := policy.scim_mass_change_percent;
    window_minutes := policy.scim_mass_change_window_minutes;
    deactivated := 0;
    population := 0;
    select case when h.decided_at is null then 'held' else 'rejected' end into verdict
      from scim_held_changes c join scim_holds h on h.id = c.hold_id
     where c.member_id = of_member
       and (h.decided_at is null or h.decision = 'rejected' and h.decided_at > now() - interval '7 days')
     order by h.decided_at desc nulls first limit 1;
    if verdict is not null then return next; return; end if;

    verdict := 'go';
    select * into candidate from members m where m.id = of_member;
    if limit_percent = 100 or is_fleeting(candidate) then return next; return; end if;
    -- What an admin approved begins the count anew.
    since := greatest(now() - make_interval(mins => window_minutes),
                      (select max(h.decided_at) from scim_holds h where h.decision = 'approved'));
    select count(*) into deactivated from offboardings o
     where o.by_directory and o.restored_at is null and o.at > since;
    if deactivated + 1 > limit_members then
      -- No further than matters: with this many members left the part is small enough.
      most := floor((deactivated + 1) * 100.0 / limit_percent)::int - deactivated;
      select count(*) into population from (
        select from members m where m.removed_at is null limit most + 1) remaining;
      population := population + deactivated;
      if (deactivated + 1) * 100.0 > limit_percent * population then verdict := 'held'; end if;
    end if;
    return next;
  end $$;
`;

const ACTIVITY = `
  -- What directories asked and were answered, in words. For people who look after the connection; kept 30 days. What
  -- changed is in the audit log for good.
  create table scim_activity (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    at timestamptz not null,
    -- Whoever asked, as it was recognised; no reference, since credentials of several kinds open SCIM.
    directory_id uuid,
    directory_name text,
    connector text,
    method text not null,
    path text not null,
    query text,
    summary text not null,
    outcome text not null
      constraint scim_activity__outcome check (outcome in ('changed', 'unchanged', 'read', 'held', 'refused', 'failed')),
    status int not null,
    scim_type text,
    detail text,
    duration_ms real not null,
    -- Masked and cut to size.
    operations jsonb not null,
    changes jsonb not null,
    -- Whom and which groups it was about.
    member_ids uuid[] not null,
    group_ids uuid[] not null,
    ip text,
    user_agent text,
    request_id text,
    constraint scim_activity__workspace_id unique (workspace_id, id)
  );
  create index scim_activity__at on scim_activity (workspace_id, at);
  call confine_to_workspace('scim_activity', 'select, insert, update, delete');
`;

const SWITCH_OFF = `
  alter table members drop constraint members__source;
  -- 'manual': a directory had them, until it was switched off.
  alter table members add constraint members__source
    check (source in ('founder', 'invitation', 'jit', 'scim', 'manual'));

  -- A directory that was switched off, and what an undo needs to know.
  create table directory_switch_offs (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    mode text not null constraint directory_switch_offs__mode check (mode in ('convert', 'suspend', 'keep')),
    at timestamptz not null default now(),
    by_member uuid not null,
    undo_until timestamptz not null default now() + interval '7 days',
    undone_at timestamptz,
    undone_by uuid,
    -- The credentials that ended with it.
    credential_ids uuid[] not null,
    constraint directory_switch_offs__workspace_id unique (workspace_id, id),
    constraint directory_switch_offs__undone check ((undone_at is null) = (undone_by is null)),
    constraint directory_switch_offs__by_member foreign key (workspace_id, by_member)
      references members (workspace_id, id),
    constraint directory_switch_offs__undone_by foreign key (workspace_id, undone_by)
      references members (workspace_id, id)
  );
  create index directory_switch_offs__by_member on directory_switch_offs (workspace_id, by_member);
  create index directory_switch_offs__undone_by on directory_switch_offs (workspace_id, undone_by);
  call confine_to_workspace('directory_switch_offs', 'select, insert, update');

  -- Whom it changed, and what they were.
  create table directory_switch_off_members (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    switch_off_id uuid not null,
    member_id uuid not null,
    source_before text not null,
    constraint directory_switch_off_members__key primary key (workspace_id, switch_off_id, member_id),
    constraint directory_switch_off_members__switch_off foreign key (workspace_id, switch_off_id)
      references directory_switch_offs (workspace_id, id),
    constraint directory_switch_off_members__member foreign key (workspace_id, member_id)
      references members (workspace_id, id)
  );
  create index directory_switch_off_members__member on directory_switch_off_members (workspace_id, member_id);
  call confine_to_workspace('directory_switch_off_members', 'select, insert');
`;

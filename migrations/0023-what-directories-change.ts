import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a directory may do to people, and what is kept of it: receipts of departures, changes that wait for an admin,
 * the activity log, and how a directory is switched off.
 */
export class WhatDirectoriesChange1764000000023 implements MigrationInterface {
  readonly name = 'WhatDirectoriesChange1764000000023';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [OFFBOARDINGS, KILL_SWITCH, NOTHING_OPENED_MEANWHILE])
      await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

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
    restored_at timestamptz,
    constraint offboardings__workspace_id unique (workspace_id, id),
    constraint offboardings__member foreign key (workspace_id, member_id) references members (workspace_id, id)
  );
  create index offboardings__member on offboardings (workspace_id, member_id, at);
  create index offboardings__at on offboardings (workspace_id, at);
  call confine_to_workspace('offboardings', 'select, insert, update');
`;

const KILL_SWITCH = `
  drop trigger end_sessions_of_removed_member on members;
  drop function end_sessions_of_removed_member();
  drop trigger settle_api_keys_of_removed_member on members;
  drop function settle_api_keys_of_removed_member();

  -- Whoever leaves, by whichever road, loses all of this in the same statement, and the receipt says what it was.
  -- API keys follow the policy of the workspace: revoked, or kept and marked.
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

    insert into offboardings (workspace_id, member_id, reason, ended, kept)
    values (new.workspace_id, new.id, new.removal_reason, ended, kept);
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

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Devices that people have signed in from, links by which they choose another password, and what a change of it ends. */
export class PasswordsAndDevices1764000000029 implements MigrationInterface {
  readonly name = 'PasswordsAndDevices1764000000029';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [DEVICES, SHORT_PASSWORDS, RESETS, ENDING]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const DEVICES = `
  -- Outside row-level security: whether a browser is known is asked before a workspace is. The hash is of the number in
  -- the cookie of the browser together with the user, so that nothing here tells who share a browser.
  create table known_devices (
    user_id uuid not null references users (id) on delete cascade,
    device_hash bytea not null,
    first_seen_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    constraint known_devices__pk primary key (user_id, device_hash)
  );
  grant select, insert, update, delete on known_devices to gatehouse_app;

  create function device_hash(device bytea, of_user uuid) returns bytea language sql immutable
    as $$ select sha256(device || uuid_send(of_user)) $$;
`;

const SHORT_PASSWORDS = `
  -- A password that was accepted although it is short, because a second factor stood beside it: wherever it is used,
  -- one is asked for.
  alter table users add column password_needs_factor boolean not null default false;
`;

const RESETS = `
  -- Links by which somebody who reads the mail of a member chooses another password for them. Each works once.
  create table password_resets (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    member_id uuid not null,
    secret_hash bytea not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    consumed_at timestamptz,
    constraint password_resets__member foreign key (workspace_id, member_id) references members (workspace_id, id)
  );
  create index password_resets__member on password_resets (workspace_id, member_id);
  create index password_resets__expires_at on password_resets (workspace_id, expires_at);
  call confine_to_workspace('password_resets');

  -- Part of the kill switch; runs after offboard_member, as triggers do in the order of their names, and adds to the
  -- receipt that it wrote.
  create function offboard_member_password_resets() returns trigger language plpgsql as $$
  declare ids uuid[];
  begin
    with r as (update password_resets set consumed_at = now()
                where workspace_id = new.workspace_id and member_id = new.id and consumed_at is null
                  and expires_at > now() returning id)
      select array_agg(id) into ids from r;
    update offboardings set ended = ended || jsonb_build_object('passwordResets', coalesce(ids, '{}'))
      where workspace_id = new.workspace_id and member_id = new.id and at = now() and restored_at is null;
    return null;
  end $$;
  create trigger offboard_member_password_resets after update of removed_at on members
    for each row when (old.removed_at is null and new.removed_at is not null)
    execute function offboard_member_password_resets();
`;

const ENDING = `
  -- Ends whatever somebody is in by, and whatever is on the way to letting them in, in each of their workspaces, except
  -- one session. Enters each workspace in turn, as memberships_of does; answers where something ended.
  create function end_all_of_user(of_user uuid, why text, kept_session uuid)
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
        update sessions s set ended_at = now(), end_reason = why
          where s.workspace_id = here and s.member_id = member and s.ended_at is null
            and s.id is distinct from kept_session;
        get diagnostics ended = row_count;
        update sign_in_codes c set consumed_at = now()
          where c.workspace_id = here and c.member_id = member and c.consumed_at is null;
        update mfa_challenges c set consumed_at = now()
          where c.workspace_id = here and c.member_id = member and c.consumed_at is null;
        update link_proofs p set consumed_at = now()
          where p.workspace_id = here and p.member_id = member and p.consumed_at is null;
        update password_resets r set consumed_at = now()
          where r.workspace_id = here and r.member_id = member and r.consumed_at is null;
        if ended > 0 then
          workspace_id := here; member_id := member; sessions := ended;
          return next;
        end if;
      end loop;
    end loop;
    perform set_config('gatehouse.workspace_id', caller_workspace, true);
  end $$;
`;

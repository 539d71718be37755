import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What somebody takes over at the moment they leave, and the order in which everybody ends what is under way. */
export class MakersAndOneOrder1764000000063 implements MigrationInterface {
  readonly name = 'MakersAndOneOrder1764000000063';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(MAKERS);
    await runner.query(DEPARTURES);
    await runner.query(PASSWORDS);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const MAKERS = `
  -- Whoever takes something over is as little on the way out as whoever makes it: their departure would not find it.
  create trigger refuse_departed_adopter after update of created_by on api_keys
    for each row when (old.created_by is distinct from new.created_by)
    execute function refuse_departed_maker('created_by');
  create trigger refuse_departed_sender after update of invited_by on invitations
    for each row when (old.invited_by is distinct from new.invited_by)
    execute function refuse_departed_maker('invited_by');
  create trigger refuse_departed_asker after insert on secret_reveal_requests
    for each row execute function refuse_departed_maker('requested_by');
  create trigger refuse_departed_approver after update of decided_by on secret_reveal_requests
    for each row when (new.decided_by is not null and old.decided_by is distinct from new.decided_by)
    execute function refuse_departed_maker('decided_by');
`;

const DEPARTURES = `
  -- Everything that a departure ends, held in the order in which others end it too: what is under way before the
  -- sessions, for all who leave before the first is out. In another order each would wait for the other.
  create function hold_departing(departing uuid[]) returns void language plpgsql volatile as $$
  declare
    here uuid := current_workspace_id();
    admins boolean;
  begin
    select bool_or(held.role = 'admin') into admins
      from (select m.role from members m where m.workspace_id = here and m.id = any (departing) and m.removed_at is null
             order by m.id for no key update) held;
    if admins is null then return; end if;
    if admins then
      -- As the triggers do that keep an admin.
      perform 1 from workspaces w where w.id = here for no key update;
    end if;
    perform 1 from mfa_challenges c where c.workspace_id = here and c.member_id = any (departing)
       and c.consumed_at is null order by c.id for no key update;
    perform 1 from sign_in_codes c where c.workspace_id = here and c.member_id = any (departing)
       and c.consumed_at is null order by c.id for no key update;
    perform 1 from link_proofs p where p.workspace_id = here and p.member_id = any (departing)
       and p.consumed_at is null order by p.id for no key update;
    perform 1 from password_resets r where r.workspace_id = here and r.member_id = any (departing)
       and r.consumed_at is null order by r.id for no key update;
    perform pg_advisory_xact_lock_shared(48127, hashtext(here::text));
  end $$;
`;

const PASSWORDS = `
  -- As before; whoever ends the sessions of many has their turn alone.
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
        perform pg_advisory_xact_lock_shared(48127, hashtext(here::text));
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

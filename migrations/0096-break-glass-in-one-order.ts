import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Whoever ceases to be a break-glass admin is held first, then the policy that names them, the workspace, the turn of its
 * sessions, and these: in the order in which a change of the policy comes to them. In another one the two waited for each
 * other, and one was told to try again.
 */
export class BreakGlassInOneOrder1764000000096 implements MigrationInterface {
  readonly name = 'BreakGlassInOneOrder1764000000096';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(DEPARTURES);
    await runner.query(DEMOTIONS);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const DEPARTURES = `
  create or replace function hold_departing(departing uuid[]) returns void language plpgsql volatile as $$
  declare
    here uuid := current_workspace_id();
    admins boolean;
  begin
    select bool_or(held.role = 'admin') into admins
      from (select m.role from members m where m.workspace_id = here and m.id = any (departing) and m.removed_at is null
             order by m.id for no key update) held;
    if admins is null then return; end if;
    if admins then
      -- Before the workspace, as whoever changes the policy: what it says of them ends with them.
      perform 1 from workspace_policies p where p.workspace_id = here and p.break_glass_member_ids && departing
         for no key update;
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

const DEMOTIONS = `
  -- As before, and alone with the sessions: one that begins at this moment is there by then, or finds the policy changed.
  create or replace function refuse_passwords_of_former_admin() returns trigger language plpgsql as $$ begin
    if exists (select from workspace_policies where workspace_id = new.workspace_id and sso_enforced) then
      perform pg_advisory_xact_lock(48127, hashtext(new.workspace_id::text));
      update sessions set ended_at = now(), end_reason = 'sso_enforced'
        where workspace_id = new.workspace_id and member_id = new.id
          and method in ('password', 'passkey') and ended_at is null;
    end if;
    return null;
  end $$;
`;

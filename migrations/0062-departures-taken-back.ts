import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Whoever is let in again at once has lost every session and key all the same: a directory that suspends one after the
 * other and takes each back would do to all of them what the breaker is there to stop.
 */
export class DeparturesTakenBack1764000000062 implements MigrationInterface {
  readonly name = 'DeparturesTakenBack1764000000062';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(BREAKER);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const BREAKER = `
  create index offboardings__taken_back on offboardings (workspace_id, at)
    where by_directory and restored_at is not null;

  -- As before; members who were taken out and let in again within the window count as well, each once.
  create or replace function judge_deactivation(of_member uuid)
  returns table (
    verdict text, deactivated int, population int, limit_members int, limit_percent int, window_minutes int
  ) language plpgsql volatile as $$
  declare
    policy workspace_policies;
    candidate members;
    since timestamptz;
    gone int;
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
    select count(*) into gone from offboardings o
     where o.by_directory and o.restored_at is null and o.at > since;
    select gone + count(distinct o.member_id) into deactivated from offboardings o
     where o.by_directory and o.restored_at is not null and o.at > since and o.member_id <> of_member
       and not exists (select from offboardings again
                        where again.member_id = o.member_id and again.by_directory and again.restored_at is null
                          and again.at > since);
    if deactivated + 1 > limit_members then
      -- No further than matters: with this many members left the part is small enough.
      most := floor((deactivated + 1) * 100.0 / limit_percent)::int - gone;
      select count(*) into population from (
        select from members m where m.removed_at is null limit most + 1) remaining;
      population := population + gone;
      if (deactivated + 1) * 100.0 > limit_percent * population then verdict := 'held'; end if;
    end if;
    return next;
  end $$;
`;

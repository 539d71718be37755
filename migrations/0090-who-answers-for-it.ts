import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who answers for what: an admin for a burst that was approved, and whoever saves rules for what those give. */
export class WhoAnswersForIt1764000000090 implements MigrationInterface {
  readonly name = 'WhoAnswersForIt1764000000090';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(BREAKER);
    await runner.query(RULES);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const BREAKER = `
  create index large_changes__of_hold on large_changes (workspace_id, subject_id) where kind = 'held_deactivations';

  -- Departures by a directory since then that were no part of what an admin had approved, which takes a while where it is
  -- about very many.
  create function unapproved_departures(since timestamptz) returns setof offboardings language sql stable as $$
    select o.* from offboardings o
     where o.by_directory and o.at > since
       and not exists (select from scim_held_changes c
                         join large_changes l on l.workspace_id = c.workspace_id and l.subject_id = c.hold_id
                        where c.workspace_id = o.workspace_id and c.member_id = o.member_id
                          and l.kind = 'held_deactivations' and o.at >= l.begun_at
                          and (l.ended_at is null or o.at <= l.ended_at))
  $$;

  -- As before, without departures that an admin has approved: those that follow are no part of that burst. Whoever is to
  -- leave by an approval, and whose turn has not come, may leave before.
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
    if exists (select from scim_held_changes c join large_changes l on l.subject_id = c.hold_id
                where c.member_id = of_member and c.taken_back_at is null
                  and l.kind = 'held_deactivations' and l.ended_at is null and c.id > l.after_id) then
      return next; return;
    end if;
    select * into candidate from members m where m.id = of_member;
    if limit_percent = 100 or is_fleeting(candidate) then return next; return; end if;
    -- What an admin approved begins the count anew.
    since := greatest(now() - make_interval(mins => window_minutes),
                      (select max(h.decided_at) from scim_holds h where h.decision = 'approved'));
    select count(*) into gone from unapproved_departures(since) o where o.restored_at is null;
    select gone + count(distinct o.member_id) into deactivated from unapproved_departures(since) o
     where o.restored_at is not null and o.member_id <> of_member
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

const RULES = `
  -- Rules of somebody who has left give no more than viewer, so nobody saves any on the way out.
  create trigger refuse_departed_author after insert on role_mappings
    for each row when (new.position = 1) execute function refuse_departed_maker('author_id');
`;

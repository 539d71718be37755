import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A browser session that was shortened because its person has shown no second factor gets its time back once they show
 * one in it.
 */
export class WhatALateFactorGivesBack1764000000101 implements MigrationInterface {
  readonly name = 'WhatALateFactorGivesBack1764000000101';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- When it would end if it had shown a second factor; null where that is no other time.
      alter table sessions add column expires_with_factor_at timestamptz;

      -- As before, and it is remembered when the session was to end.
      create or replace function shorten_browser_sessions(of_workspace uuid, of_member uuid) returns void
      language plpgsql volatile as $$
      begin
        if not exists (select from workspace_policies where workspace_id = of_workspace and mfa_required <> 'off') then
          return;
        end if;
        execute format($shorten$
          update sessions s
             set expires_at = due.at, expires_with_factor_at = coalesce(s.expires_with_factor_at, s.expires_at)
            from workspace_policies p, members m,
                 lateral (select greatest(now() + make_interval(secs => p.access_token_seconds),
                                          greatest(p.mfa_required_since, m.created_at)
                                            + make_interval(days => p.mfa_grace_period_days)) as at) due
           where p.workspace_id = $1 and m.workspace_id = $1 and s.workspace_id = $1 and s.member_id = m.id and %s
             and (p.mfa_required = 'all' or p.mfa_required = 'admins' and m.role = 'admin')
             and s.cookie_hash is not null and s.ended_at is null and s.expires_at > due.at
             and s.mfa_evidence is distinct from 'own'
             and (s.method in ('password', 'passkey') or p.mfa_trust_idp = 'always_ask'
                  or p.mfa_trust_idp = 'evidence' and s.mfa_evidence is null)
          $shorten$, case when of_member is null then 'true' else 'm.id = $2 and s.member_id = $2' end)
        using of_workspace, of_member;
      end $$;
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

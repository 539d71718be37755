import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Browser sessions that are shortened because of one member are found by that member. As one statement for one and for
 * all of them, it read all members of the workspace, and did so before it asked whether a second factor is demanded.
 */
export class SessionsOfOneMember1764000000055 implements MigrationInterface {
  readonly name = 'SessionsOfOneMember1764000000055';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop function shorten_browser_sessions(uuid, uuid);
      create function shorten_browser_sessions(of_workspace uuid, of_member uuid) returns void language plpgsql volatile as $$
      begin
        if not exists (select from workspace_policies where workspace_id = of_workspace and mfa_required <> 'off') then
          return;
        end if;
        execute format($shorten$
          update sessions s set expires_at = due.at
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

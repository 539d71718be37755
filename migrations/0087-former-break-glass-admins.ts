import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A break-glass admin who is no admin any more is refused passwords as everybody else is: what one opened ends with the
 * role, as it does when the policy names somebody else. A browser session would have gone on for days.
 */
export class FormerBreakGlassAdmins1764000000087 implements MigrationInterface {
  readonly name = 'FormerBreakGlassAdmins1764000000087';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function refuse_passwords_of_former_admin() returns trigger language plpgsql as $$ begin
        if exists (select from workspace_policies where workspace_id = new.workspace_id and sso_enforced) then
          update sessions set ended_at = now(), end_reason = 'sso_enforced'
            where workspace_id = new.workspace_id and member_id = new.id
              and method in ('password', 'passkey') and ended_at is null;
        end if;
        return null;
      end $$;
      -- By its name after keep_an_admin, which locks the workspace: whoever changes the policy locks that before sessions.
      create trigger refuse_passwords_of_former_admin after update of role on members
        for each row when (old.role = 'admin' and new.role <> 'admin')
        execute function refuse_passwords_of_former_admin();
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What comes with new members, with one statement for all that one statement adds. */
export class NewcomersAtOnce1764000000035 implements MigrationInterface {
  readonly name = 'NewcomersAtOnce1764000000035';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop trigger index_member on members;
      drop trigger grant_first_role on members;
      drop function grant_first_role();
      drop trigger count_new_users on members;
      drop function count_new_users();

      -- Nobody is a member without a grant: whoever comes in has the one of the road they came by.
      create function settle_new_members() returns trigger language plpgsql as $$ begin
        insert into user_workspaces (user_id, workspace_id) select user_id, workspace_id from added on conflict do nothing;
        insert into member_grants (workspace_id, member_id, kind, origin, role, approver)
        select workspace_id, id,
               case when source in ('founder', 'invitation') then 'manual' else 'default' end,
               case source when 'founder' then 'founding' when 'jit' then 'sign_in' when 'scim' then 'directory'
                           else 'invitation' end,
               role, approver
          from added on conflict do nothing;
        perform add_to_tally(workspace_id, 'users', workspace_id, count(*))
           from added where scim_deleted_at is null group by workspace_id;
        return null;
      end $$;
      create trigger settle_new_members after insert on members referencing new table as added
        for each statement execute function settle_new_members();

      -- Whoever becomes another user's member later.
      create trigger index_member after update of user_id on members for each row execute function index_member();
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Directories let one person after the other into the same group. */
export class OneByOneIntoKnownGroups1764000000098 implements MigrationInterface {
  readonly name = 'OneByOneIntoKnownGroups1764000000098';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(MOVE_IN_KNOWN_GROUP);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const MOVE_IN_KNOWN_GROUP = `
  -- Lets one user into a group that is called what the caller expects, or takes them out of it, where no roles follow from
  -- groups. Fails with GH009, and changes nothing, when it is otherwise, or when they are in (or out) already. Locks are
  -- taken in the order of every change of groups. Volatile, so that each statement sees what was committed before it.
  create function move_in_known_group(of_group uuid, known_name text, who uuid, comes boolean)
    returns void language plpgsql volatile as $$
  begin
    perform pg_advisory_xact_lock_shared(hashtextextended('role mappings|' || current_workspace_id()::text, 0));
    perform from directory_groups g where g.id = of_group and g.deleted_at is null and g.display_name = known_name
       for share;
    if found and not exists (select from role_mappings where source = 'scim_group') then
      if comes then
        insert into directory_group_members (group_id, member_id)
        select of_group, m.id from members m where m.id = who and m.scim_deleted_at is null
        on conflict do nothing;
      else
        delete from directory_group_members where group_id = of_group and member_id = who;
      end if;
      if found then
        return;
      end if;
    end if;
    raise exception 'this change of a group needs a closer look' using errcode = 'GH009';
  end $$;
`;

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Break-glass admins who were no admins any more stayed on the list, and would have been again with the role. */
export class FormerAdminsKeepNoGlass1764000000091 implements MigrationInterface {
  readonly name = 'FormerAdminsKeepNoGlass1764000000091';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- The owner sees the rows of all workspaces for this one statement.
      alter table workspace_policies no force row level security;
      alter table members no force row level security;
      update workspace_policies p set break_glass_member_ids = left_over.ids
        from (select l.workspace_id,
                     array(select n.id from unnest(l.break_glass_member_ids) with ordinality as n(id, place)
                            where exists (select from members m where m.workspace_id = l.workspace_id and m.id = n.id
                                             and m.role = 'admin' and m.removed_at is null)
                            order by n.place) as ids
                from workspace_policies l) left_over
       where left_over.workspace_id = p.workspace_id and left_over.ids <> p.break_glass_member_ids;
      alter table workspace_policies force row level security;
      alter table members force row level security;
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

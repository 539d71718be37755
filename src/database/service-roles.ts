import type { DataSource } from 'typeorm';

/**
 * Allows the owner of the tables to SET ROLE to the roles of the service, which the migrations create. From PostgreSQL
 * 16 on, the creator of a role is a member with ADMIN but without SET, so it grants SET to itself. Fails with 42501
 * when it may not.
 */
export async function becomeServiceRoles(dataSource: DataSource): Promise<void> {
  await dataSource.query(`
    do $$
    declare
      becoming text := case when current_setting('server_version_num')::int < 160000 then 'member' else 'set' end;
      wanted text;
    begin
      foreach wanted in array array['gatehouse_app', 'gatehouse_archivist'] loop
        if not pg_has_role(current_user, wanted, becoming) then
          execute format('grant %I to %I', wanted, current_user);
        end if;
      end loop;
    end $$`);
}

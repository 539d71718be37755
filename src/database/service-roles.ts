import type { DataSource } from 'typeorm';

/**
 * Lets the owner of the tables work as the roles of the service, which migrations have made. From PostgreSQL 16 on,
 * whoever makes a role may administer it and not yet become it, and counts as a member all the same. Without the right
 * to give it to oneself PostgreSQL refuses (42501).
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

import type { DataSource } from 'typeorm';

/**
 * Tells PostgreSQL (from version 18, which listens) that tables it has never counted will grow: their rows are of one
 * workspace, those of whatever else an index begins with are not few, and neither are those that an index leaves out or
 * in. Otherwise any index seems as good a way to one row as a primary key is, as long as a table is nearly empty;
 * connections keep plans that read all of a workspace; and a first installation is slow until everything has been
 * counted, once a minute. What was counted stands.
 */
export async function expectGrowth(dataSource: DataSource): Promise<void> {
  await dataSource.query(`
    do $$
    declare col record;
    begin
      if current_setting('server_version_num')::int < 180000 then return; end if;
      for col in
        select c.relname, a.attname, a.attnotnull,
               case when a.attname = 'workspace_id' then 1
                    when bool_or(a.attnum = i.indkey[0] and not i.indisunique) then 10
                    else 0 end as n_distinct
          from pg_index i
          join pg_class c on c.oid = i.indrelid
          join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
                          and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid
          join pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid
         where c.relnamespace = 'public'::regnamespace and c.reltuples < 0 and a.attnum > 0
           and (a.attname = 'workspace_id' or a.attnum = i.indkey[0] and not i.indisunique or i.indpred is not null)
         group by c.relname, a.attname, a.attnotnull
      loop
        perform pg_restore_attribute_stats(
          'schemaname', 'public', 'relname', col.relname::text, 'attname', col.attname::text, 'inherited', false,
          'null_frac', case when col.attnotnull then 0 else 0.5 end::real, 'avg_width', 16,
          'n_distinct', col.n_distinct::real);
      end loop;
    end $$`);
}

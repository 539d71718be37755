import type { DataSource } from 'typeorm';

/**
 * Sets initial column statistics on tables that were never analysed (PostgreSQL 18 or later; earlier versions ignore
 * it): one workspace, about ten values of a column that begins a non-unique index, half of the rows with null where a
 * column of a partial index can be null. Without them every index of a nearly empty table seems as good as the primary
 * key, so connections keep plans that read all rows of a workspace, and a new installation is slow until autovacuum
 * has analysed the tables. Leaves real statistics alone.
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

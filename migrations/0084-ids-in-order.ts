import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A UUIDv7 whose twelve bits after the millisecond are the part of it that has gone by, as those of PostgreSQL 18 are. */
export const ID_IN_ORDER = `
  select (overlay(lpad(to_hex((extract(epoch from clock_timestamp()) * 4096000)::bigint), 15, '0') placing '7' from 13 for 0)
          || substring(gen_random_uuid()::text from 20))::uuid`;

/**
 * What is written down in one transaction is told in the order of its ids: entries of the audit log above all. Those of
 * servers before version 18 were drawn by lot within a millisecond.
 */
export class IdsInOrder1764000000084 implements MigrationInterface {
  readonly name = 'IdsInOrder1764000000084';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      do $$ begin
        if current_setting('server_version_num')::int < 180000 then
          create or replace function new_id() returns uuid language sql volatile as $body$ ${ID_IN_ORDER} $body$;
        end if;
      end $$`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

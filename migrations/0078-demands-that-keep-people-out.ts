import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Failures by what a change demands are told apart from those that bring earlier settings back. */
export class DemandsThatKeepPeopleOut1764000000078 implements MigrationInterface {
  readonly name = 'DemandsThatKeepPeopleOut1764000000078';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table login_attempts add column by_demand boolean not null default false');
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whoever proves an account signs in once more: as recently as it was asked for the first time. */
export class LinkingAsksAsBefore1764000000066 implements MigrationInterface {
  readonly name = 'LinkingAsksAsBefore1764000000066';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table link_proofs add column max_age int');
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A second factor belongs to one member: what it proved in one workspace is proved in no other. */
export class WhatASwitchTakesAlong1764000000094 implements MigrationInterface {
  readonly name = 'WhatASwitchTakesAlong1764000000094';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- When its person last proved who they are otherwise, where a second factor has done so again since.
      alter table sessions add column without_factor_at timestamptz;
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

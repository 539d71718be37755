import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Old data keys are kept for an hour after the last value has left them, for whoever read its ciphertext before. */
export class SinceWhenKeysHoldNothing1764000000102 implements MigrationInterface {
  readonly name = 'SinceWhenKeysHoldNothing1764000000102';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table data_keys add column emptied_at timestamptz`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

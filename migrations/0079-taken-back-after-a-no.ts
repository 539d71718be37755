import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Approving a burst that was rejected leaves whom the directory has said to be active since. */
export class TakenBackAfterANo1764000000079 implements MigrationInterface {
  readonly name = 'TakenBackAfterANo1764000000079';

  async up(runner: QueryRunner): Promise<void> {
    // Set while an admin's no stands; null again once the directory repeats its wish. The row stays: the no does, too.
    await runner.query('alter table scim_held_changes add column taken_back_at timestamptz');
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

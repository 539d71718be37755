import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A directory that says that somebody is active after all takes back what it wanted before and what still waits. */
export class DirectoriesChangeTheirMind1764000000065 implements MigrationInterface {
  readonly name = 'DirectoriesChangeTheirMind1764000000065';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('grant delete on scim_held_changes to gatehouse_app');
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

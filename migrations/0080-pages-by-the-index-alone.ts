import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The index that pages of a directory are read by holds only those whom the directory sees: what a page deep in the list
 * skips is counted there, and no row is fetched only to learn that nobody deleted it.
 */
export class PagesByTheIndexAlone1764000000080 implements MigrationInterface {
  readonly name = 'PagesByTheIndexAlone1764000000080';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index members__page;
      create index members__page on members (workspace_id, created_at, id) where scim_deleted_at is null;
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

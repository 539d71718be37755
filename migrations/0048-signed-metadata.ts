import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whose signature the metadata of an identity provider has to carry, where an administrator has said so. */
export class SignedMetadata1764000000048 implements MigrationInterface {
  readonly name = 'SignedMetadata1764000000048';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- PEM; where there are any, metadata is taken only when it is signed with the key of one of them.
      alter table saml_settings add column metadata_certificates text[] not null default '{}'
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

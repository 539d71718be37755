import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Old encryption is a choice somebody makes for one connection, never something an identity provider may pick. */
export class WeakEncryption1764000000011 implements MigrationInterface {
  readonly name = 'WeakEncryption1764000000011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Whether encrypted assertions may use RSA 1.5 and AES-CBC.
      alter table saml_settings add column allow_weak_encryption boolean not null default false;
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

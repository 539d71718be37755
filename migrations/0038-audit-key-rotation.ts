import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys that sign audit logs follow each other, each vouched for by the one before. */
export class AuditKeyRotation1764000000038 implements MigrationInterface {
  readonly name = 'AuditKeyRotation1764000000038';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table audit_signing_keys
        -- The key before; null for the first.
        add column previous_key_id text references audit_signing_keys (key_id),
        -- "This one after that one", signed by that one, and by this one.
        add column endorsement text,
        add column acceptance text,
        -- A key that is not used any more is destroyed; what it signed can still be verified.
        alter column sealed_private_key drop not null,
        add constraint audit_signing_keys__previous__unique unique (previous_key_id),
        add constraint audit_signing_keys__link check (
          (previous_key_id is null) = (endorsement is null) and (previous_key_id is null) = (acceptance is null));
      grant update (sealed_private_key) on audit_signing_keys to gatehouse_app;
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

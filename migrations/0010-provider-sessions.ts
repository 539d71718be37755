import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the identity provider calls its session, so that its word about that session can end ours. */
export class ProviderSessions1764000000010 implements MigrationInterface {
  readonly name = 'ProviderSessions1764000000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- SAML: SessionIndex. OpenID Connect: sid.
      alter table sessions add column idp_session_id text;
      -- SAML: AuthnContextClassRef. OpenID Connect: acr.
      alter table sessions add column acr text;
      alter table sign_in_codes add column idp_session_id text;
      alter table sign_in_codes add column acr text;
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

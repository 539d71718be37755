import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What sign-ins leave behind is found by what it belongs to, whose id is unique by itself: two indexes less to keep,
 * smaller ones, and none that reads all of a workspace where PostgreSQL takes a table for nearly empty.
 */
export class FoundByWhatTheyBelongTo1764000000054 implements MigrationInterface {
  readonly name = 'FoundByWhatTheyBelongTo1764000000054';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- identities__subject__unique begins with the connection, and so does the key of saml_replays.
      drop index identities__connection;
      drop index saml_replays__connection;

      drop index identities__member;
      create index identities__member on identities (member_id);

      drop index sessions__connection;
      create index sessions__connection on sessions (connection_id) where connection_id is not null;
      drop index sessions__identity;
      create index sessions__identity on sessions (identity_id) where identity_id is not null;
      drop index sessions__last_used;
      create index sessions__last_used on sessions (member_id, last_used_at);

      drop index sign_in_requests__connection;
      create index sign_in_requests__connection on sign_in_requests (connection_id);

      drop index sign_in_codes__member;
      create index sign_in_codes__member on sign_in_codes (member_id);
      drop index sign_in_codes__connection;
      create index sign_in_codes__connection on sign_in_codes (connection_id) where connection_id is not null;
      drop index sign_in_codes__identity;
      create index sign_in_codes__identity on sign_in_codes (identity_id) where identity_id is not null;
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

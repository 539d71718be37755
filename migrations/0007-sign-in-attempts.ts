import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Counters that slow the guessing of passwords down, over all instances. */
export class SignInAttempts1764000000007 implements MigrationInterface {
  readonly name = 'SignInAttempts1764000000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Outside row-level security, because an attempt is counted before it is known whom it concerns. The key is a
      -- hash: the table says nothing about people or networks.
      create table sign_in_attempts (
        key bytea primary key,
        attempts int not null,
        resets_at timestamptz not null
      );
      create index sign_in_attempts__resets_at on sign_in_attempts (resets_at);
      grant select, insert, update, delete on sign_in_attempts to gatehouse_app`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

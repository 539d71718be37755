import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What instances took out of the budgets of callers, where there is no Redis for it. */
export class RateLimits1764000000030 implements MigrationInterface {
  readonly name = 'RateLimits1764000000030';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Outside row-level security: a request is counted before it is known whose it is. Keys are hashes. The columns are
      -- those of rate-limiter-flexible. Nothing is lost that matters when the server crashes: windows are short.
      create unlogged table rate_limits (
        key varchar(255) constraint rate_limits__pk primary key,
        points int not null default 0,
        -- In milliseconds since 1970.
        expire bigint
      );
      create index rate_limits__expire on rate_limits (expire);
      grant select, insert, update, delete on rate_limits to gatehouse_app`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

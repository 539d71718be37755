import { AbstractLogger, type LogLevel, type LogMessage } from 'typeorm';
import { MIGRATIONS } from '../../migrations';
import { expectGrowth } from './expect-growth';
import { refuseNewerSchema, refuseOldServer } from './schema-checks';
import { connectAsOwner } from './owner-connection';
import { becomeServiceRoles } from './service-roles';
import { explained } from './start-error';

const LOCK = 4_812_733_001;

/**
 * Runs the outstanding migrations as the owner of the tables. An advisory lock makes instances that start together
 * wait for each other. Takes a postgres:// URL and returns the names of the migrations that ran. Throws StartError for
 * causes that an operator can fix.
 */
export async function migrate(url: string): Promise<string[]> {
  const words = new MigrationWords();
  try {
    return await runAlone(url, words);
  } catch (failure) {
    const known = explained(failure);
    throw known === failure && words.last ? new Error(words.last, { cause: failure }) : known;
  }
}

/**
 * Keeps TypeORM's message about a failed migration for the error, instead of logging it as a second message beside
 * ours.
 */
class MigrationWords extends AbstractLogger {
  last: string | undefined;

  protected override writeLog(_level: LogLevel, { message }: LogMessage): void {
    this.last = String(message);
  }
}

async function runAlone(url: string, logger: MigrationWords): Promise<string[]> {
  const dataSource = await connectAsOwner(url, {
    migrations: MIGRATIONS,
    migrationsTableName: 'schema_migrations',
    applicationName: 'gatehouse-migrate',
    poolSize: 2,
    logger,
  });
  try {
    const runner = dataSource.createQueryRunner();
    await runner.query('select pg_advisory_lock($1)', [LOCK]);
    try {
      await refuseOldServer(dataSource);
      await refuseNewerSchema(dataSource, MIGRATIONS);
      const ran = await dataSource.runMigrations({ transaction: 'each' });
      await becomeServiceRoles(dataSource);
      await expectGrowth(dataSource);
      return ran.map(({ name }) => name);
    } finally {
      await runner.query('select pg_advisory_unlock($1)', [LOCK]);
      await runner.release();
    }
  } finally {
    await dataSource.destroy();
  }
}

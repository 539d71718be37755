import { MIGRATIONS } from '../../migrations';
import { expectGrowth } from './expect-growth';
import { refuseNewerSchema, refuseOldServer } from './fit-schema';
import { connectAsOwner } from './owner-connection';
import { becomeServiceRoles } from './service-roles';
import { explained } from './start-error';

const LOCK = 4_812_733_001;

/**
 * Brings the database up to date, as the owner of the tables. Instances that start at once wait for each other.
 * Takes a postgres:// URL; answers the names of the migrations that ran. Throws StartError for what an operator can
 * mend.
 */
export async function migrate(url: string): Promise<string[]> {
  try {
    return await runAlone(url);
  } catch (failure) {
    throw explained(failure);
  }
}

async function runAlone(url: string): Promise<string[]> {
  const dataSource = await connectAsOwner(url, {
    migrations: MIGRATIONS,
    migrationsTableName: 'schema_migrations',
    applicationName: 'gatehouse-migrate',
    poolSize: 2,
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

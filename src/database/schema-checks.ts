import type { DataSource } from 'typeorm';
import { StartError } from './start-error';

const OLDEST_SERVER = 15;

type Migration = new () => object;

/** The timestamp at the end of a migration's name, which orders the migrations. */
const writtenAt = (name: string): number => Number(/\d{13}$/.exec(name)?.[0] ?? 0);

/** Throws StartError when PostgreSQL is older than the migrations require. */
export async function refuseOldServer(dataSource: DataSource): Promise<void> {
  const [{ version }] = await dataSource.query<[{ version: number }]>(
    `select current_setting('server_version_num')::int / 10000 as version`,
  );
  if (version >= OLDEST_SERVER) return;
  throw new StartError(
    `The server that DATABASE_URL names is PostgreSQL ${version}; Gatehouse needs ${OLDEST_SERVER} or later.`,
  );
}

/**
 * For commands, which do not migrate. Throws StartError when the database has not been migrated, or by another
 * version.
 */
export async function refuseOtherSchema(
  dataSource: DataSource,
  migrations: readonly Migration[],
): Promise<void> {
  await refuseNewerSchema(dataSource, migrations);
  if ((await isKnown(dataSource)) && (await areDone(dataSource, migrations))) return;
  throw new StartError(
    'The database of the service is not, or not yet, that of this version: start the service first, or, where DATABASE_URL names it, run npm run migrate.',
  );
}

/**
 * Throws StartError when a later version of Gatehouse has migrated this database: this version could write data that
 * is wrong under the newer schema.
 */
export async function refuseNewerSchema(
  dataSource: DataSource,
  migrations: readonly Migration[],
): Promise<void> {
  if (!(await isKnown(dataSource))) return;
  const newest = Math.max(...migrations.map(({ name }) => writtenAt(name)));
  const later = await dataSource.query<{ name: string }[]>(
    'select name from schema_migrations where timestamp > $1 order by timestamp limit 1',
    [newest],
  );
  if (later.length === 0) return;
  throw new StartError(
    `The database that DATABASE_URL names was migrated by a later version of Gatehouse (${later[0]!.name}): start that one, or restore the backup from before the upgrade.`,
  );
}

/** Throws StartError when the database has no workspace, whether it is migrated or not. */
export async function refuseEmptyDatabase(dataSource: DataSource): Promise<void> {
  const [{ known }] = await dataSource.query<[{ known: boolean }]>(
    `select to_regclass('workspaces') is not null as known`,
  );
  if (known && (await dataSource.query<unknown[]>('select from workspaces limit 1')).length > 0) return;
  throw new StartError(
    'The database that DATABASE_URL names has no workspaces: restore the backup into it first. Nothing was changed.',
  );
}

async function isKnown(dataSource: DataSource): Promise<boolean> {
  const [{ known }] = await dataSource.query<[{ known: boolean }]>(
    `select to_regclass('schema_migrations') is not null as known`,
  );
  return known;
}

async function areDone(dataSource: DataSource, migrations: readonly Migration[]): Promise<boolean> {
  const [{ done }] = await dataSource.query<[{ done: number }]>(
    'select count(*)::int as done from schema_migrations where name = any($1)',
    [migrations.map(({ name }) => name)],
  );
  return done === migrations.length;
}

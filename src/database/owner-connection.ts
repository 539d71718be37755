import { DataSource, type DataSourceOptions } from 'typeorm';
import { commonOptions } from './data-source';
import { connectingWith } from './session-settings';
import { POOLER, StartError } from './start-error';

/** Migrations, and an instance that waits for those of another, take as long as they take. */
const UNHURRIED = { statement_timeout: '0', lock_timeout: '0', idle_in_transaction_session_timeout: '0' };

/** An address at which nobody answers is found out long before TCP gives up. */
const CONNECT_WITHIN_MS = 10_000;

/**
 * Connects as the owner of the tables, for migrations and for looking at what stands there. Takes a postgres:// URL. Throws
 * StartError for a file that the URL names and that cannot be read, and for a pooler.
 */
export async function connectAsOwner(
  url: string,
  more: Partial<DataSourceOptions> = {},
): Promise<DataSource> {
  const { options, url: address } = connectingWith(url, UNHURRIED);
  const extra = { options, connectionTimeoutMillis: CONNECT_WITHIN_MS };
  const dataSource = new DataSource({ ...commonOptions(address), extra, ...more } as DataSourceOptions);
  try {
    await dataSource.initialize();
    await refusePooler(dataSource);
    return dataSource;
  } catch (failure) {
    if (dataSource.isInitialized) await dataSource.destroy();
    const { code, path, syscall } = failure as NodeJS.ErrnoException;
    if (path === undefined || syscall === 'connect') throw failure;
    throw new StartError(`${path}, which DATABASE_URL names, cannot be read. (${code})`);
  }
}

/**
 * Where what a connection asks for at its beginning does not arrive, as with PgBouncer that was told to ignore it, the
 * service would work as the owner of all tables, and without limits of time.
 */
async function refusePooler(dataSource: DataSource): Promise<void> {
  const [{ heard }] = await dataSource.query<[{ heard: boolean }]>(
    `select coalesce(current_setting('gatehouse.asked', true), '') = 'on' as heard`,
  );
  if (!heard) throw new StartError(POOLER);
}

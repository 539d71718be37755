import { DataSource, type DataSourceOptions } from 'typeorm';
import { commonOptions } from './data-source';
import { connectingWith } from './session-settings';
import { POOLER, StartError } from './start-error';

/** No time limits: migrations, and waiting for those of another instance, may take long. */
const UNHURRIED = { statement_timeout: '0', lock_timeout: '0', idle_in_transaction_session_timeout: '0' };

/** Fails long before TCP gives up on an address that does not answer. */
const CONNECT_WITHIN_MS = 10_000;

/**
 * Connects as the owner of the tables, for migrations and schema checks. Takes a postgres:// URL. Throws StartError
 * when a file that the URL names (a certificate, for example) cannot be read, and when a pooler drops the start-up
 * options.
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
 * A pooler such as PgBouncer with `ignore_startup_parameters` drops the options of the connection. The service would
 * then work as the owner of the tables, without row-level security, and without its time limits. Throws StartError.
 */
async function refusePooler(dataSource: DataSource): Promise<void> {
  const [{ heard }] = await dataSource.query<[{ heard: boolean }]>(
    `select coalesce(current_setting('gatehouse.asked', true), '') = 'on' as heard`,
  );
  if (!heard) throw new StartError(POOLER);
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { MIGRATIONS } from '../../migrations';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres';
import { refuseEmptyDatabase, refuseOtherSchema } from './schema-checks';
import { connectAsOwner } from './owner-connection';
import { explained } from './start-error';

/** What says where the database of the service is. */
interface Whereabouts {
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
}

const directoryIn = (dataDir: string): string => join(dataDir, 'postgres');

/** Starts or joins the embedded server that a service without DATABASE_URL keeps in its DATA_DIR. */
export function startOwnPostgres({ dataDir }: Pick<Whereabouts, 'dataDir'>): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ directory: directoryIn(dataDir), database: 'gatehouse' });
}

/**
 * For commands beside the service: `work` gets its database, that of DATABASE_URL or the embedded one, whether the
 * service runs or not. Throws where there is neither: a command makes no database. Throws StartError for one that is not
 * migrated to this version, or does not answer.
 */
export async function onServiceDatabase<T>(
  where: Whereabouts,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const { databaseUrl, dataDir } = where;
  if (databaseUrl) return workOn(databaseUrl, work);
  if (!existsSync(join(directoryIn(dataDir), 'cluster'))) {
    throw new Error(
      `DATABASE_URL names the database of the service; set it. There is no embedded one in ${dataDir}.`,
    );
  }
  const embedded = await startOwnPostgres({ dataDir });
  try {
    return await workOn(embedded.url, work);
  } finally {
    await embedded.stop();
  }
}

async function workOn<T>(url: string, work: (url: string) => Promise<T>): Promise<T> {
  try {
    await look(url, (dataSource) => refuseOtherSchema(dataSource, MIGRATIONS));
    return await work(url);
  } catch (failure) {
    throw explained(failure);
  }
}

/** For what is done to a restored database: throws StartError where there is nothing in it yet, and leaves it as it is. */
export async function refuseUnrestored(url: string): Promise<void> {
  try {
    await look(url, refuseEmptyDatabase);
  } catch (failure) {
    throw explained(failure);
  }
}

async function look(url: string, judge: (dataSource: DataSource) => Promise<void>): Promise<void> {
  const dataSource = await connectAsOwner(url, { poolSize: 1 });
  try {
    await judge(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { MIGRATIONS } from '../../migrations';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres';
import { refuseEmptyDatabase, refuseOtherSchema } from './schema-checks';
import { connectAsOwner } from './owner-connection';
import { explained } from './start-error';

/** The settings that locate the database of the service. */
interface Whereabouts {
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
}

const directoryIn = (dataDir: string): string => join(dataDir, 'postgres');

/** Starts or joins the embedded server in DATA_DIR, for a service without DATABASE_URL. */
export function startOwnPostgres({ dataDir }: Pick<Whereabouts, 'dataDir'>): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ directory: directoryIn(dataDir), database: 'gatehouse' });
}

/**
 * For commands that run beside the service: calls `work` with the URL of its database, from DATABASE_URL or the
 * embedded server, whether the service runs or not. Throws when there is no database, because a command must not
 * create one, and StartError when the database does not answer or was migrated to another version.
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

/**
 * For commands that change a restored database: throws StartError when the database has no workspace yet. Changes
 * nothing itself.
 */
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

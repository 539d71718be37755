import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded-postgres';
import { migrate } from '../../src/database/migrate';
import { PLACE_OF_RUN, takePlace } from './place-of-run';

/** A migrated, empty database; every test file copies it, which takes a tenth of migrating anew. */
export const TEMPLATE_DATABASE = 'gatehouse_template';

const DIRECTORY_PREFIX = 'gatehouse-test-';

declare global {
  var testServer: EmbeddedPostgres | undefined;
  var leaveTestRuns: (() => void) | undefined;
}

/**
 * Runs once before the e2e files: one throw-away PostgreSQL for all of them, or the server that
 * TEST_DATABASE_URL names. Jest loads this file outside its sandbox, where only CommonJS packages can be imported.
 */
export default async function globalSetup(): Promise<void> {
  const { place, giveUp } = await takePlace();
  process.env[PLACE_OF_RUN] = String(place);
  globalThis.leaveTestRuns = giveUp;
  if (process.env.TEST_DATABASE_URL === undefined) {
    await stopServersOfKilledRuns();
    globalThis.testServer = await startEmbeddedPostgres({
      directory: directoryOf(process.pid),
      database: 'postgres',
      throwaway: true,
    });
    process.env.TEST_DATABASE_URL = globalThis.testServer.url;
  }
  await prepareTemplate(process.env.TEST_DATABASE_URL);
}

/** Migrated under another name first: a template that exists is complete. */
async function prepareTemplate(server: string): Promise<void> {
  const draft = `${TEMPLATE_DATABASE}_${randomBytes(4).toString('hex')}`;
  const draftUrl = new URL(server);
  draftUrl.pathname = `/${draft}`;
  const client = new Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${draft}`);
    await migrate(draftUrl.href);
    await client.query(`DROP DATABASE IF EXISTS ${TEMPLATE_DATABASE}`);
    await client.query(`ALTER DATABASE ${draft} RENAME TO ${TEMPLATE_DATABASE}`);
  } finally {
    await client.query(`DROP DATABASE IF EXISTS ${draft}`);
    await client.end();
  }
}

/** A run that was killed could not stop its server; the directory is named after its process. */
async function stopServersOfKilledRuns(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(/^gatehouse-test-(\d+)$/.exec(name)?.[1]);
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    if (existsSync(join(directoryOf(pid), 'cluster/data/PG_VERSION'))) await stopOrphan(directoryOf(pid));
    // What a run leaves that was killed while it was tidying up: no database any more, and no server.
    rmSync(directoryOf(pid), { recursive: true, force: true });
  }
}

/** A server that cannot be reached, because half of its files are gone, ends by itself. */
async function stopOrphan(directory: string): Promise<void> {
  try {
    const orphan = await startEmbeddedPostgres({ directory, database: 'postgres', throwaway: true });
    await orphan.stop();
  } catch (failure) {
    console.warn(`${directory} is no database any more: ${String(failure).split('\n')[0]}`);
  }
}

function directoryOf(pid: number): string {
  return join(tmpdir(), `${DIRECTORY_PREFIX}${pid}`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

/** As the figures were taken that the targets come from: room for every table, and no cleaning in the middle of a round. */
const SETTINGS = { shared_buffers: '1GB', autovacuum: 'off' };

const DIRECTORY = fileURLToPath(new URL('../.data/postgres', import.meta.url));

/**
 * The one PostgreSQL of a run: the server of BENCH_DATABASE_URL (a superuser's postgres:// URL), or Gatehouse's
 * embedded one with SETTINGS, fsync on.
 */
export async function openPostgres(gatehouse) {
  const given = process.env.BENCH_DATABASE_URL;
  const embedded = given ? undefined : await startEmbedded(gatehouse);
  const url = given ?? embedded.url;
  return {
    /** Drops and makes a database; answers its URL. */
    async freshDatabase(name) {
      await withClient(url, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`);
        await client.query(`create database ${name}`);
      });
      return Object.assign(new URL(url), { pathname: name }).href;
    },
    drop: (name) => withClient(url, (client) => client.query(`drop database if exists ${name} with (force)`)),
    facts: () => withClient(url, factsOf),
    /** The pid of the server itself, if it runs on this machine. */
    pid: await withClient(url, serverPid),
    stop: async () => embedded?.stop(),
  };
}

/** Runs `work` with a connection of its own. */
export async function withClient(url, work) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function startEmbedded(gatehouse) {
  const require = createRequire(import.meta.url);
  const { startEmbeddedPostgres } = require(join(gatehouse, 'dist/src/database/embedded-postgres.js'));
  const start = () => startEmbeddedPostgres({ directory: DIRECTORY, database: 'postgres' });
  const server = await start();
  const isSet = await withClient(server.url, async (client) => {
    for (const [name, value] of Object.entries(SETTINGS))
      await client.query(`alter system set ${name} = '${value}'`);
    const { rows } = await client.query(`select current_setting('shared_buffers') = $1 as is_set`, [
      SETTINGS.shared_buffers,
    ]);
    await client.query('select pg_reload_conf()');
    return rows[0].is_set;
  });
  if (isSet) return server;
  // The memory that is shared is laid out at the start only.
  await server.stop();
  return start();
}

async function factsOf(client) {
  const { rows } = await client.query(
    `select name, setting, unit from pg_settings
      where name in ('server_version', 'fsync', 'synchronous_commit', 'shared_buffers', 'autovacuum')`,
  );
  return Object.fromEntries(
    rows.map(({ name, setting, unit }) => [name, unit ? inMegabytes(setting, unit) : setting]),
  );
}

function inMegabytes(setting, unit) {
  return unit === '8kB' ? `${(Number(setting) * 8) / 1024} MB` : `${setting} ${unit}`;
}

/** Every backend is a child of the server, but on another machine the number may be anybody's. */
async function serverPid(client) {
  const { rows } = await client.query('select pg_backend_pid() as pid');
  try {
    const status = readFileSync(`/proc/${rows[0].pid}/status`, 'latin1');
    return /^Name:\s+postgres/m.test(status) ? Number(/^PPid:\s+(\d+)/m.exec(status)[1]) : undefined;
  } catch {
    return undefined;
  }
}

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { withClient } from '../../lib/postgres.mjs';
import { freePort, startServer } from '../../lib/processes.mjs';
import { nameOf, USER_TEMPLATE } from '../population.mjs';

const require = createRequire(createRequire(import.meta.url).resolve('@boxyhq/saml-jackson'));
const RIPEMD160 = require('ripemd160');
const SERVER = fileURLToPath(new URL('../servers/polis.mjs', import.meta.url));
const SETUP = fileURLToPath(new URL('polis-directories.mjs', import.meta.url));
const AT_ONCE = 10_000;

const digest = (...parts) => new RIPEMD160().update(parts.join(':')).digest('hex');
const idOf = (n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** Polis' directory sync with two directories of two tenants. */
export async function startPolis(databaseUrl) {
  const publicUrl = 'http://127.0.0.1';
  const directories = await setUp({ publicUrl, databaseUrl });
  const serve = async (url) => {
    const port = await freePort();
    return startServer(SERVER, { port, env: { PORT: port, PUBLIC_URL: publicUrl, DATABASE_URL: url } });
  };
  const query = (text, values) => withClient(databaseUrl, (client) => client.query(text, values));
  const [{ id: directoryId, tenant }] = directories;
  return {
    id: 'polis',
    name: 'Polis',
    server: await serve(databaseUrl),
    databaseUrl,
    tenants: directories.map(({ tenant: id, id: directory, secret }) => ({
      id,
      path: `/scim/v2/${directory}`,
      headers: { authorization: `Bearer ${secret}` },
    })),
    /** What it does with two tenants at the same time is looked at apart; it is measured with one. */
    oneTenant: true,
    restart: serve,
    fill: (from, to) => withClient(databaseUrl, (client) => fillUsers(client, tenant, directoryId, from, to)),
    placed: async (prefix) =>
      (
        await query(
          `select split_part(namespace, ':', 3) as tenant, count(*)::int as count from jackson_store
            where namespace like 'dsync:users:%' and value like '%"email":"' || $1 || '%' group by 1`,
          [prefix],
        )
      ).rows,
    userIds: async (from, to) => Array.from({ length: to - from }, (_, n) => idOf(from + n)),
    fillGroup: (groupId, members) =>
      withClient(databaseUrl, (client) => fillMembers(client, tenant, groupId, members)),
    membersOf: async (groupId) => {
      const { rows } = await query(
        `select value::jsonb ->> 'user_id' as id from jackson_store
          where namespace = $1 and value like '%"group_id":"' || $2 || '"%'`,
        [`dsync:members:${tenant}:bench`, groupId],
      );
      return new Set(rows.map(({ id }) => id));
    },
  };
}

/** In a process of its own: Polis keeps one database per process, and never lets it go. */
async function setUp(what) {
  const child = fork(SETUP, { execArgv: [] });
  child.send(what);
  const [{ directories, error }] = await once(child, 'message');
  child.kill();
  if (error) throw new Error(error);
  return directories;
}

/** The rows that its API writes for a person. */
async function fillUsers(client, tenant, directoryId, from, to) {
  const namespace = `dsync:users:${tenant}:bench`;
  await inParts(client, namespace, from, to, (n) => {
    const id = idOf(n);
    const raw = { ...JSON.parse(USER_TEMPLATE.replaceAll('{v}', nameOf(n))), id };
    return {
      key: digest(id),
      value: {
        first_name: 'Ada',
        last_name: 'Byron',
        email: nameOf(n),
        active: true,
        id,
        directoryId,
        raw,
      },
      indexes: [
        `${namespace}:directoryIdUsername:${digest(directoryId, nameOf(n))}`,
        `${namespace}:directoryId:${digest(directoryId)}`,
      ],
    };
  });
}

async function fillMembers(client, tenant, groupId, members) {
  const namespace = `dsync:members:${tenant}:bench`;
  await inParts(client, namespace, 0, members, (n) => {
    const id = digest(groupId, idOf(n));
    return {
      key: digest(id),
      value: { id, group_id: groupId, user_id: idOf(n) },
      indexes: [`${namespace}:groupId:${digest(groupId)}`],
    };
  });
}

async function inParts(client, namespace, from, to, rowOf) {
  for (let start = from; start < to; start += AT_ONCE) {
    const rows = Array.from({ length: Math.min(AT_ONCE, to - start) }, (_, n) => rowOf(start + n));
    await client.query(
      `insert into jackson_store (key, value, namespace) select $1 || ':' || k, v, $1 from unnest($2::text[], $3::text[]) as r (k, v)`,
      [namespace, rows.map(({ key }) => key), rows.map(({ value }) => JSON.stringify(value))],
    );
    const indexes = rows.flatMap((row) => row.indexes.map((index) => ({ index, key: row.key })));
    await client.query(
      `insert into jackson_index (key, "storeKey") select i, $1 || ':' || k from unnest($2::text[], $3::text[]) as r (i, k)`,
      [namespace, indexes.map(({ index }) => index), indexes.map(({ key }) => key)],
    );
  }
  await client.query('vacuum (analyze)');
}

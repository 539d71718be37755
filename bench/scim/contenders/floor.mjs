import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { withClient } from '../../lib/postgres.mjs';
import { freePort, startServer } from '../../lib/processes.mjs';
import { USER_TEMPLATE } from '../population.mjs';

const SERVER = fileURLToPath(new URL('../servers/floor.mjs', import.meta.url));

export async function startFloor(databaseUrl) {
  const tenants = ['alpha', 'beta'].map((id) => ({
    id,
    path: '/scim/v2',
    headers: { authorization: `Bearer a-token-of-the-benchmark-for-${id}` },
  }));
  const query = (text, values) => withClient(databaseUrl, (client) => client.query(text, values));
  await query(`
    create table tokens (hash bytea primary key, tenant text not null);
    create table users (tenant text not null, id uuid not null, user_name text not null, data jsonb not null,
      created_at timestamptz not null default now(), primary key (tenant, id), unique (tenant, user_name));
    create index on users (tenant, created_at, id);
    create table groups (tenant text not null, id uuid not null, name text not null, primary key (tenant, id));
    create table group_members (tenant text not null, group_id uuid not null, user_id uuid not null,
      primary key (tenant, group_id, user_id));
    create table audit (id bigint generated always as identity primary key, tenant text not null, type text not null,
      target uuid not null, at timestamptz not null default now());
  `);
  for (const { id, headers } of tenants) {
    await query('insert into tokens values ($1, $2)', [
      createHash('sha256').update(headers.authorization).digest(),
      id,
    ]);
  }
  const serve = async (url) => {
    const port = await freePort();
    return startServer(SERVER, { port, env: { PORT: port, DATABASE_URL: url } });
  };
  return {
    id: 'floor',
    name: 'floor',
    server: await serve(databaseUrl),
    databaseUrl,
    tenants,
    restart: serve,
    async fill(from, to) {
      await query(
        `insert into users (tenant, id, user_name, data)
         select 'alpha', gen_random_uuid(), name, replace($3, '{v}', name)::jsonb
           from generate_series($1::int, $2::int - 1) n, lateral (select 'person-' || n || '@directory.bench.test' as name) x`,
        [from, to, USER_TEMPLATE],
      );
      await query('vacuum (analyze) users');
    },
    placed: async (prefix) =>
      (
        await query(
          `select tenant, count(*)::int as count from users where user_name like $1 || '%' group by 1`,
          [prefix],
        )
      ).rows,
    userIds: async (from, to) =>
      (
        await query(
          `select id from generate_series($1::int, $2::int - 1) n
             join users on tenant = 'alpha' and user_name = 'person-' || n || '@directory.bench.test'`,
          [from, to],
        )
      ).rows.map(({ id }) => id),
    async fillGroup(groupId, members) {
      await query(
        `insert into group_members
         select 'alpha', $1, id from generate_series(0, $2::int - 1) n
           join users on tenant = 'alpha' and user_name = 'person-' || n || '@directory.bench.test'`,
        [groupId, members],
      );
      await query('vacuum (analyze) group_members');
    },
    membersOf: async (groupId) =>
      new Set(
        (await query('select user_id as id from group_members where group_id = $1', [groupId])).rows.map(
          ({ id }) => id,
        ),
      ),
  };
}

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withClient } from '../../lib/postgres.mjs';
import { freePort, startServer } from '../../lib/processes.mjs';

const PASSWORD = 'a password of the benchmark that nothing else uses';
const ADMIN = 'admin@bench.test';

/** The production build with two workspaces, a SCIM token each. */
export async function startGatehouse(gatehouse, databaseUrl, { name = 'Gatehouse', id = 'gatehouse' } = {}) {
  const server = await serve(gatehouse, databaseUrl);
  const tenants = await prepare(`http://127.0.0.1:${server.port}`);
  return {
    id,
    name,
    server,
    databaseUrl,
    tenants,
    restart: (url) => serve(gatehouse, url),
    fill: (from, to) => withClient(databaseUrl, (client) => fill(client, tenants[0].id, from, to)),
    placed: (prefix) => withClient(databaseUrl, (client) => placed(client, prefix)),
    userIds: (from, to) => withClient(databaseUrl, (client) => userIds(client, from, to)),
    fillGroup: (groupId, members) =>
      withClient(databaseUrl, (client) => fillGroup(client, tenants[0].id, groupId, members)),
    membersOf: (groupId) => withClient(databaseUrl, (client) => membersOf(client, groupId)),
  };
}

async function serve(gatehouse, databaseUrl) {
  const port = await freePort();
  return startServer(join(gatehouse, 'dist/src/main.js'), {
    port,
    cwd: tmpdir(),
    env: {
      PORT: port,
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      DATABASE_URL: databaseUrl,
      ENCRYPTION_KEY: Buffer.alloc(32, 'bench').toString('base64'),
      RATE_LIMITS: 'off',
      LOG_LEVEL: 'silent',
      BOOTSTRAP_WORKSPACE: 'alpha',
      BOOTSTRAP_ADMIN_EMAIL: ADMIN,
      BOOTSTRAP_ADMIN_PASSWORD: PASSWORD,
      ...(process.env.BENCH_NODE_OPTIONS && { NODE_OPTIONS: process.env.BENCH_NODE_OPTIONS }),
    },
  });
}

async function prepare(url) {
  const call = async (path, body, token) => {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const login = await call('/v1/auth/login', { email: ADMIN, password: PASSWORD, workspace: 'alpha' });
  const beta = await call('/v1/workspaces', { name: 'Beta', slug: 'beta' }, login.accessToken);
  const other = await call('/v1/auth/switch', { workspace: beta.id }, login.accessToken);
  const tenants = [];
  for (const { workspace, accessToken } of [login, other]) {
    const { token } = await call('/v1/scim/tokens', { name: 'Bench' }, accessToken);
    tenants.push({
      id: workspace.id,
      path: '/scim/v2',
      headers: { authorization: `Bearer ${token}` },
    });
  }
  return tenants;
}

async function fill(client, workspaceId, from, to) {
  await client.query(
    `with people as (
       insert into users (email, email_claimed, name)
       select 'person-' || n || '@directory.bench.test', false, 'Ada Byron' from generate_series($2::int, $3::int - 1) n
       returning id, email, name
     )
     insert into members (workspace_id, user_id, email, user_name, external_id, display_name, role, source)
     select $1, id, email, email, email, name, 'viewer', 'scim' from people`,
    [workspaceId, from, to],
  );
  await client.query('vacuum (analyze) members');
  await client.query('vacuum (analyze) users');
}

async function placed(client, prefix) {
  const { rows } = await client.query(
    `select workspace_id as tenant, count(*)::int as count from members where user_name like $1 || '%' group by 1`,
    [prefix],
  );
  return rows;
}

async function userIds(client, from, to) {
  const { rows } = await client.query(
    `select m.id from generate_series($1::int, $2::int - 1) n
       join members m on m.user_name_key = 'person-' || n || '@directory.bench.test'`,
    [from, to],
  );
  return rows.map(({ id }) => id);
}

async function fillGroup(client, workspaceId, groupId, members) {
  await client.query(
    `insert into directory_group_members (workspace_id, group_id, member_id)
     select $1, $2, m.id from generate_series(0, $3::int - 1) n
       join members m on m.workspace_id = $1 and m.user_name_key = 'person-' || n || '@directory.bench.test'`,
    [workspaceId, groupId, members],
  );
  await client.query('vacuum (analyze) directory_group_members');
}

async function membersOf(client, groupId) {
  const { rows } = await client.query(
    'select member_id as id from directory_group_members where group_id = $1',
    [groupId],
  );
  return new Set(rows.map(({ id }) => id));
}

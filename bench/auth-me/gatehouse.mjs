import { randomBytes, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withClient } from '../lib/postgres.mjs';
import { freePort, startServer } from '../lib/processes.mjs';
import { PEOPLE, PEOPLE_PER_WORKSPACE, POOL_SIZE, TESTED, WORKSPACES } from './population.mjs';

const PATH = '/v1/auth/me';
export const PASSWORD = 'a password of the benchmark that nothing else uses';
export const ADMIN = 'admin@bench.test';
const SIGN_INS_AT_ONCE = 8;

const UNBATCHED = fileURLToPath(new URL('servers/gatehouse-unbatched.cjs', import.meta.url));

/** The production build, as an operator would run it, but without limits on the rate. */
export async function startGatehouse(gatehouse, databaseUrl, { batched = true, allCores = false } = {}) {
  const port = await freePort();
  return startServer(batched ? join(gatehouse, 'dist/src/main.js') : UNBATCHED, {
    port,
    allCores,
    cwd: tmpdir(),
    env: {
      PORT: port,
      PUBLIC_URL: 'http://gatehouse.bench.test',
      DATABASE_URL: databaseUrl,
      DATABASE_POOL_SIZE: POOL_SIZE,
      ENCRYPTION_KEY: Buffer.alloc(32, 'bench').toString('base64'),
      RATE_LIMITS: 'off',
      LOG_LEVEL: 'silent',
      BOOTSTRAP_WORKSPACE: 'bench',
      BOOTSTRAP_ADMIN_EMAIL: ADMIN,
      BOOTSTRAP_ADMIN_PASSWORD: PASSWORD,
      GATEHOUSE_DIR: gatehouse,
      ...(process.env.BENCH_NODE_OPTIONS && { NODE_OPTIONS: process.env.BENCH_NODE_OPTIONS }),
    },
  });
}

/**
 * Fills the database of a running service and answers the credentials under test: each {path, headers, revoke}.
 * People are spread over all workspaces, and so are the credentials. `revoke(client)` changes the row as another
 * instance of the service would.
 */
export async function seedGatehouse(gatehouse, { port }, databaseUrl) {
  return withClient(databaseUrl, async (client) => {
    await insertPeople(client);
    const keys = await insertKeys(client, gatehouse);
    await insertSessions(client);
    const tokens = await signIn(client, port);
    await client.query('vacuum (analyze)');
    return { keys: keys.slice(0, TESTED), unbatchedKeys: keys.slice(TESTED), tokens };
  });
}

async function insertPeople(client) {
  await client.query(
    `with made as (
       insert into workspaces (slug, name) select 'bench-' || n, 'Bench ' || n from generate_series(1, $1) n returning id
     )
     insert into workspace_policies (workspace_id, access_token_seconds) select id, 3600 from made`,
    [WORKSPACES],
  );
  await client.query(
    `insert into users (email, email_claimed, name, password_hash)
     select 'person-' || n || '@' || slug || '.test', true, 'Person ' || n, admin.password_hash
       from workspaces, generate_series(1, $1) n, users admin
      where slug like 'bench-%' and admin.email = $2`,
    [PEOPLE_PER_WORKSPACE, ADMIN],
  );
  await client.query(
    `insert into members (workspace_id, user_id, email, user_name, display_name, role, source)
     select w.id, u.id, u.email, u.email, u.name, 'editor', 'invitation'
       from users u join workspaces w on w.slug || '.test' = split_part(u.email, '@', 2) and w.slug like 'bench-%'`,
  );
}

/** One key per member; those under test also as the text that a caller presents. */
async function insertKeys(client, gatehouse) {
  const require = createRequire(import.meta.url);
  const { issueCredential } = require(join(gatehouse, 'dist/src/crypto/credential.js'));
  const members = await membersAcrossWorkspaces(client, PEOPLE);
  const keys = members.map(({ workspace_id }, index) => {
    const id = randomUUID();
    const isTested = index < 2 * TESTED;
    const { text, hash } = isTested ? issueCredential('gh', workspace_id, id) : { hash: randomBytes(32) };
    return { id, text, hash };
  });
  await client.query(
    `insert into api_keys (workspace_id, id, name, scopes, secret_hash, hint, created_by)
     select workspace_id, id, 'bench', '{workflows:read,workflows:write,runs:read}', hash, 'hint', member_id
       from unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::uuid[]) as given (workspace_id, id, hash, member_id)`,
    [
      members.map(({ workspace_id }) => workspace_id),
      keys.map(({ id }) => id),
      keys.map(({ hash }) => hash),
      members.map(({ id }) => id),
    ],
  );
  return keys
    .filter(({ text }) => text !== undefined)
    .map(({ id, text }) => ({
      path: PATH,
      headers: { 'x-api-key': text },
      revoke: (connection) => connection.query('update api_keys set revoked_at = now() where id = $1', [id]),
    }));
}

async function insertSessions(client) {
  await client.query(
    `insert into sessions (workspace_id, member_id, method, amr, authenticated_at, idle_seconds, expires_at)
     select workspace_id, id, 'password', '{pwd}', now(), 86400, now() + interval '7 days' from members`,
  );
}

/** The sessions under test are real sign-ins. */
async function signIn(client, port) {
  const members = await membersAcrossWorkspaces(client, TESTED);
  const tokens = [];
  for (let index = 0; index < members.length; index += SIGN_INS_AT_ONCE) {
    const some = members.slice(index, index + SIGN_INS_AT_ONCE);
    tokens.push(...(await Promise.all(some.map((member) => tokenOf(member, port)))));
  }
  return tokens.map((token) => ({
    path: PATH,
    headers: { authorization: `Bearer ${token}` },
    revoke: (connection) =>
      connection.query(`update sessions set ended_at = now(), end_reason = 'bench' where id = $1`, [
        sessionOf(token),
      ]),
  }));
}

async function tokenOf({ email, slug }, port) {
  const response = await fetch(`http://127.0.0.1:${port}/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: PASSWORD, workspace: slug }),
  });
  if (response.status !== 200) throw new Error(`Signing in: ${response.status} ${await response.text()}`);
  return (await response.json()).accessToken;
}

const sessionOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).sid;

/** The first of every workspace, then the second of every workspace, and so on. */
async function membersAcrossWorkspaces(client, count) {
  const { rows } = await client.query(
    `select m.workspace_id, m.id, m.email, w.slug,
            row_number() over (partition by m.workspace_id order by m.created_at, m.email) as place
       from members m join workspaces w on w.id = m.workspace_id
      where w.slug like 'bench-%' order by place, w.slug limit $1`,
    [count],
  );
  return rows;
}

import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { getMigrations } from 'better-auth/db/migration';
import { withClient } from '../lib/postgres.mjs';
import { freePort, startServer } from '../lib/processes.mjs';
import { createAuth, SECRET } from './better-auth-options.mjs';
import { PEOPLE, TESTED } from './population.mjs';

const SERVER = fileURLToPath(new URL('servers/better-auth.mjs', import.meta.url));

export async function startBetterAuth(databaseUrl, { cookieCache = false } = {}) {
  const port = await freePort();
  const env = { PORT: port, DATABASE_URL: databaseUrl, COOKIE_CACHE: cookieCache ? 'on' : 'off' };
  return startServer(SERVER, { port, env });
}

/**
 * Fills the database as better-auth itself would, and answers the credentials under test: each {path, headers,
 * revoke}. `revoke(client)` is what better-auth does to the row.
 */
export async function seedBetterAuth(databaseUrl) {
  const auth = createAuth({ databaseUrl, cookieCache: true });
  const { runMigrations } = await getMigrations(auth.options);
  await runMigrations();
  const { keys, sessions } = await withClient(databaseUrl, async (client) => {
    const userIds = await insertUsers(client);
    const made = { keys: await insertKeys(client, userIds), sessions: await insertSessions(client, userIds) };
    await client.query('vacuum (analyze)');
    return made;
  });
  // A part for each contender, so that a revocation by one never touches another.
  const part = (index) => sessions.slice(index * TESTED, (index + 1) * TESTED);
  const seeded = {
    keys: keys.slice(0, TESTED),
    sessions: part(0),
    routeSessions: part(1).map(atOwnRoute),
    cached: await withCookieCache(auth, part(2)),
    routeCached: (await withCookieCache(auth, part(3))).map(atOwnRoute),
  };
  await auth.options.database.end();
  return seeded;
}

/** The same session at better-auth's own route instead of ours around its API. */
const atOwnRoute = (session) => ({ ...session, path: '/api/auth/get-session' });

async function insertUsers(client) {
  const ids = Array.from({ length: PEOPLE }, () => randomUUID());
  await client.query(
    `insert into "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
     select id, 'Person ' || n, 'person-' || n || '@bench.test', true, now(), now()
       from unnest($1::text[]) with ordinality as given (id, n)`,
    [ids],
  );
  return ids;
}

async function insertKeys(client, userIds) {
  const keys = userIds.map(() => ({ id: randomUUID(), text: randomBytes(48).toString('base64url') }));
  await client.query(
    `insert into apikey (id, "configId", name, start, "referenceId", key, enabled, "rateLimitEnabled", "requestCount",
                         "createdAt", "updatedAt", permissions)
     select id, 'default', 'bench', 'abcdef', user_id, hash, true, false, 0, now(), now(), $4
       from unnest($1::text[], $2::text[], $3::text[]) as given (id, user_id, hash)`,
    [
      keys.map(({ id }) => id),
      userIds,
      keys.map(({ text }) => createHash('sha256').update(text).digest('base64url')),
      JSON.stringify({ runs: ['read'], workflows: ['read'], members: ['read'] }),
    ],
  );
  return keys.map(({ id, text }) => ({
    path: '/key',
    headers: { 'x-api-key': text },
    revoke: (connection) => connection.query('update apikey set enabled = false where id = $1', [id]),
  }));
}

async function insertSessions(client, userIds) {
  const tokens = userIds.map(() => randomBytes(24).toString('base64url'));
  await client.query(
    `insert into session (id, token, "userId", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent")
     select gen_random_uuid()::text, token, user_id, now() + interval '7 days', now(), now(), '127.0.0.1', 'bench'
       from unnest($1::text[], $2::text[]) as given (token, user_id)`,
    [tokens, userIds],
  );
  return tokens.map((token) => ({
    path: '/session',
    headers: { cookie: `better-auth.session_token=${encodeURIComponent(`${token}.${signatureOf(token)}`)}` },
    revoke: (connection) => connection.query('delete from session where token = $1', [token]),
  }));
}

/** The same sessions with the cookie better-auth sets for them when its cookie cache is on. */
async function withCookieCache(auth, sessions) {
  return Promise.all(
    sessions.map(async (session) => {
      const { headers } = await auth.api.getSession({
        headers: new Headers(session.headers),
        returnHeaders: true,
      });
      const cache = headers.getSetCookie().find((cookie) => cookie.startsWith('better-auth.session_data='));
      if (!cache) throw new Error('better-auth set no session_data cookie.');
      return { ...session, headers: { cookie: `${session.headers.cookie}; ${cache.split(';')[0]}` } };
    }),
  );
}

const signatureOf = (token) => createHmac('sha256', SECRET).update(token).digest('base64');

import { fileURLToPath } from 'node:url';
import { getMigrations } from 'better-auth/db/migration';
import { freePort, startServer } from '../lib/processes.mjs';
import { createAuth } from './better-auth-options.mjs';

const SERVER = fileURLToPath(new URL('servers/better-auth.mjs', import.meta.url));

/** `hash`: `default` (scrypt), or `argon2id`, as Gatehouse hashes. */
export async function startBetterAuth(gatehouse, databaseUrl, hash) {
  const port = await freePort();
  const env = { PORT: port, DATABASE_URL: databaseUrl, HASH: hash, GATEHOUSE_DIR: gatehouse };
  return startServer(SERVER, { port, env });
}

/** Makes the database and signs people up, as better-auth does; answers their addresses. */
export async function seedBetterAuth(gatehouse, databaseUrl, hash, { people, password }) {
  const auth = createAuth({ gatehouse, databaseUrl, hash });
  await (await getMigrations(auth.options)).runMigrations();
  const emails = Array.from({ length: people }, (_, index) => `person-${index}@bench.test`);
  for (const email of emails) await auth.api.signUpEmail({ body: { name: 'Person', email, password } });
  await auth.options.database.end();
  return emails;
}

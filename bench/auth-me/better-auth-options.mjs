import { apiKey } from '@better-auth/api-key';
import { betterAuth } from 'better-auth';
import pg from 'pg';
import { POOL_SIZE } from './population.mjs';

export const SECRET = 'a secret of the benchmark that nothing else uses';

/** The same for the server and for seeding. Whatever is not named here is better-auth's default. */
export function createAuth({ databaseUrl, cookieCache = false }) {
  return betterAuth({
    secret: SECRET,
    baseURL: 'http://127.0.0.1',
    database: new pg.Pool({ connectionString: databaseUrl, max: POOL_SIZE }),
    logger: { disabled: true },
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    // One hour instead of five minutes: it must not run out during a run, which is in its favour.
    session: { cookieCache: { enabled: cookieCache, maxAge: 3600 } },
    plugins: [apiKey({ rateLimit: { enabled: false } })],
  });
}

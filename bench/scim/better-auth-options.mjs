import { scim } from '@better-auth/scim';
import { betterAuth } from 'better-auth';
import pg from 'pg';

export const CONNECTIONS = ['alpha', 'beta'].map((id) => ({
  id,
  token: `a-token-of-the-benchmark-for-${id}`,
}));

/** The same for the server and for seeding. Whatever is not named here is the default of better-auth. */
export function createAuth({ databaseUrl, publicUrl }) {
  return betterAuth({
    secret: 'a secret of the benchmark that nothing else uses',
    baseURL: publicUrl,
    database: new pg.Pool({ connectionString: databaseUrl, max: 20 }),
    logger: { disabled: true },
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    plugins: [
      scim({
        connections: CONNECTIONS.map(({ id, token }) => ({
          id,
          credentials: [{ type: 'bearer', id: `${id}-token`, token }],
        })),
      }),
    ],
  });
}

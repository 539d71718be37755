import { sso } from '@better-auth/sso';
import { betterAuth } from 'better-auth';
import pg from 'pg';

/** The same for the server and for seeding. Whatever is not named here is the default of better-auth. */
export function createAuth({ databaseUrl, publicUrl, issuer }) {
  return betterAuth({
    secret: 'a secret of the benchmark that nothing else uses',
    baseURL: publicUrl,
    database: new pg.Pool({ connectionString: databaseUrl, max: 10 }),
    trustedOrigins: ['https://app.bench.test', 'https://idp.bench.test', issuer],
    logger: { disabled: true },
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    emailAndPassword: { enabled: true },
    // The same promises as Gatehouse makes: answers only to requests of its own.
    plugins: [sso({ saml: { enableInResponseToValidation: true } })],
  });
}

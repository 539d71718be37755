import { createRequire } from 'node:module';
import { join } from 'node:path';
import { betterAuth } from 'better-auth';
import pg from 'pg';

/** The parameters of src/auth/password/password-hasher.ts. */
export const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** The library that Gatehouse hashes with, from its own dependencies. */
export const argon2Of = (gatehouse) => createRequire(join(gatehouse, 'package.json'))('@node-rs/argon2');

/** The same for the server and for seeding. Whatever is not named here is better-auth's default. */
export function createAuth({ gatehouse, databaseUrl, hash }) {
  return betterAuth({
    secret: 'a secret of the benchmark that nothing else uses',
    baseURL: 'http://127.0.0.1',
    database: new pg.Pool({ connectionString: databaseUrl, max: 10 }),
    logger: { disabled: true },
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    emailAndPassword: { enabled: true, ...(hash === 'argon2id' ? { password: sameHash(gatehouse) } : {}) },
  });
}

function sameHash(gatehouse) {
  const argon2 = argon2Of(gatehouse);
  return {
    hash: (password) => argon2.hash(password, COST),
    verify: ({ hash, password }) => argon2.verify(hash, password),
  };
}

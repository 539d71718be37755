// better-auth with its SSO plugin, by its own router on node:http.
import { createServer } from 'node:http';
import { toNodeHandler } from 'better-auth/node';
import { createAuth } from '../better-auth-options.mjs';

const auth = createAuth({
  databaseUrl: process.env.DATABASE_URL,
  publicUrl: process.env.PUBLIC_URL,
  issuer: process.env.ISSUER,
});
const handler = toNodeHandler(auth);
process.once('SIGTERM', () => process.exit(0));
createServer((request, response) => void handler(request, response)).listen(
  Number(process.env.PORT),
  '127.0.0.1',
);

// better-auth's own router behind node:http.
import { createServer } from 'node:http';
import { toNodeHandler } from 'better-auth/node';
import { createAuth } from '../better-auth-options.mjs';

const { PORT, DATABASE_URL: databaseUrl, HASH: hash, GATEHOUSE_DIR: gatehouse } = process.env;
const handler = toNodeHandler(createAuth({ gatehouse, databaseUrl, hash }));

process.once('SIGTERM', () => process.exit(0));
createServer((request, response) => void handler(request, response)).listen(Number(PORT), '127.0.0.1');

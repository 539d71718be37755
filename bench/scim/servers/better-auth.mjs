import { createServer } from 'node:http';
import { toNodeHandler } from 'better-auth/node';
import { createAuth } from '../better-auth-options.mjs';

const { PORT, PUBLIC_URL, DATABASE_URL } = process.env;
const auth = createAuth({ publicUrl: PUBLIC_URL, databaseUrl: DATABASE_URL });
createServer(toNodeHandler(auth)).listen(Number(PORT), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));

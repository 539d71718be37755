// better-auth behind the cheapest HTTP server there is, asked the way its documentation protects a route: by
// `auth.api`, without its own router in between.
import { createServer } from 'node:http';
import { fromNodeHeaders, toNodeHandler } from 'better-auth/node';
import { createAuth } from '../better-auth-options.mjs';

const auth = createAuth({
  databaseUrl: process.env.DATABASE_URL,
  cookieCache: process.env.COOKIE_CACHE === 'on',
});
const { api } = auth;
const ownRouter = toNodeHandler(auth);

const ROUTES = {
  async '/key'({ headers }) {
    const { valid, key } = await api.verifyApiKey({ body: { key: headers['x-api-key'] } });
    if (!valid) return undefined;
    return { apiKey: { id: key.id, name: key.name, permissions: key.permissions }, userId: key.referenceId };
  },
  async '/session'({ headers }) {
    const found = await api.getSession({ headers: fromNodeHeaders(headers) });
    if (!found) return undefined;
    const { user, session } = found;
    return {
      user: { id: user.id, email: user.email, name: user.name },
      session: { id: session.id, expiresAt: session.expiresAt },
    };
  },
};

const server = createServer((request, response) => {
  if (request.url.startsWith('/api/auth/')) return void ownRouter(request, response);
  answer(request).then(
    ([status, body]) => {
      const json = Buffer.from(JSON.stringify(body));
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': json.length });
      response.end(json);
    },
    (error) => {
      console.error(error);
      response.writeHead(500, { 'content-length': 0 }).end();
    },
  );
});

async function answer(request) {
  const route = ROUTES[request.url];
  if (!route) return [404, { error: 'not found' }];
  const found = await route(request);
  return found ? [200, found] : [401, { error: 'unauthorized' }];
}

process.once('SIGTERM', () => process.exit(0));
server.listen(Number(process.env.PORT), '127.0.0.1');

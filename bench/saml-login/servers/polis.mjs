// Polis (saml-jackson), embedded as its documentation shows, behind the cheapest HTTP server there is. The four
// stages of a login are the four calls an application makes.
import { createServer } from 'node:http';
import saml from '@boxyhq/saml-jackson';
import { polisOptions } from '../polis-options.mjs';

const { oauthController } = await saml.controllers(
  polisOptions(process.env.PUBLIC_URL, process.env.DATABASE_URL),
);

const ROUTES = {
  async 'GET /authorize'({ query }) {
    return { redirect: (await oauthController.authorize(query)).redirect_url };
  },
  async 'POST /acs'({ body }) {
    return { redirect: (await oauthController.samlResponse(body)).redirect_url };
  },
  async 'GET /callback'({ query }) {
    return { redirect: (await oauthController.oidcAuthzResponse(query)).redirect_url };
  },
  async 'POST /token'({ body }) {
    return { json: await oauthController.token(body) };
  },
  async 'GET /userinfo'({ token }) {
    return { json: await oauthController.userInfo(token) };
  },
};

const server = createServer((request, response) => {
  handle(request).then(
    ({ redirect, json }) => {
      if (redirect !== undefined)
        return response.writeHead(302, { location: redirect, 'content-length': 0 }).end();
      const text = Buffer.from(JSON.stringify(json ?? {}));
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': text.length })
        .end(text);
    },
    (error) => {
      const text = Buffer.from(String(error.message));
      response.writeHead(500, { 'content-length': text.length }).end(text);
    },
  );
});

async function handle(request) {
  const url = new URL(request.url, 'http://localhost');
  const route = ROUTES[`${request.method} ${url.pathname}`];
  if (!route) return { json: { error: 'not found' } };
  return route({
    query: Object.fromEntries(url.searchParams),
    body:
      request.method === 'POST' ? Object.fromEntries(new URLSearchParams(await textOf(request))) : undefined,
    token: request.headers.authorization?.slice('Bearer '.length),
  });
}

async function textOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

process.once('SIGTERM', () => process.exit(0));
server.listen(Number(process.env.PORT), '127.0.0.1');

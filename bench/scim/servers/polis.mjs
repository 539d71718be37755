// Polis (saml-jackson), its directory sync embedded as its documentation shows, behind the cheapest HTTP server there
// is. Paths are those of Polis: /scim/v2/<directory id>/Users.
import { createServer } from 'node:http';
import saml from '@boxyhq/saml-jackson';
import { polisOptions } from '../../saml-login/polis-options.mjs';

const { directorySyncController } = await saml.controllers(
  polisOptions(process.env.PUBLIC_URL, process.env.DATABASE_URL),
);
const { requests } = directorySyncController;

createServer((request, response) => {
  answer(request).then(
    ({ status, data }) => {
      const text = Buffer.from(JSON.stringify(data ?? {}));
      response
        .writeHead(status, { 'content-type': 'application/scim+json', 'content-length': text.length })
        .end(text);
    },
    (error) => {
      const text = Buffer.from(String(error.message));
      response.writeHead(500, { 'content-length': text.length }).end(text);
    },
  );
}).listen(Number(process.env.PORT), '127.0.0.1');

async function answer(request) {
  const url = new URL(request.url, 'http://localhost');
  const [, , , directoryId, resourceType = '', resourceId] = url.pathname.split('/');
  const number = (name) => (url.searchParams.has(name) ? Number(url.searchParams.get(name)) : undefined);
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return requests.handle({
    method: request.method,
    body: chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : undefined,
    directoryId,
    resourceType,
    resourceId,
    apiSecret: request.headers.authorization?.slice('Bearer '.length) ?? null,
    query: {
      count: number('count'),
      startIndex: number('startIndex'),
      filter: url.searchParams.get('filter') ?? undefined,
    },
  });
}

process.once('SIGTERM', () => process.exit(0));

import { fileURLToPath } from 'node:url';
import { freePort, startServer } from '../../lib/processes.mjs';
import { USER_TEMPLATE } from '../population.mjs';

const SERVER = fileURLToPath(new URL('../servers/scimmy.mjs', import.meta.url));
const TOKEN = 'a-token-of-the-benchmark';

/** scimmy-routers, in memory: no database, no tenants, nothing survives. */
export async function startScimmy() {
  const port = await freePort();
  const server = await startServer(SERVER, { port, env: { PORT: port, TOKEN } });
  const url = `http://127.0.0.1:${port}`;
  const headers = { authorization: `Bearer ${TOKEN}` };
  const post = async (path, body) => {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return response.json();
  };
  return {
    id: 'scimmy',
    name: 'scimmy-routers, in memory',
    server,
    tenants: [{ id: 'all', path: '/scim/v2', headers }],
    oneTenant: true,
    async fill(from, to) {
      for (let start = from; start < to; start += 5_000) {
        await post('/fill', {
          from: start,
          to: Math.min(to, start + 5_000),
          user: USER_TEMPLATE.replaceAll('{v}', 'person-{n}@directory.bench.test'),
        });
      }
    },
    largestGroup: 10_000,
    makeGroup: async (displayName, members) => (await post('/fill-group', { displayName, members })).id,
  };
}

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withClient } from '../lib/postgres.mjs';
import { freePort, startLoadGenerator, startServer } from '../lib/processes.mjs';

/** So many writers at once, who take all there is of the machine; and one, who waits for each answer. */
const CONNECTIONS = [16, 1];
const MOST_CONNECTIONS = Math.max(...CONNECTIONS);
const ADMIN = { email: 'admin@bench.test', password: 'a password of the benchmark that nothing else uses' };
const UNAUDITED = fileURLToPath(new URL('servers/gatehouse-unaudited.cjs', import.meta.url));
const LOAD = fileURLToPath(new URL('load-process.mjs', import.meta.url));

/** One API call that changes a row, with its audit event and without; each connection has a row of its own. */
export async function measureMutations({ gatehouse, postgres, rounds, seconds, say }) {
  const url = await postgres.freshDatabase('bench_audit_http');
  const audited = await start(gatehouse, url, join(gatehouse, 'dist/src/main.js'));
  const unaudited = await start(gatehouse, url, UNAUDITED);
  const generator = startLoadGenerator(LOAD);
  const results = [];
  try {
    const requests = await prepare(audited.port);
    for (let round = 0; round <= rounds; round += 1) {
      const contenders = [
        ['audited', audited],
        ['unaudited', unaudited],
      ];
      if (round % 2) contenders.reverse();
      for (const connections of CONNECTIONS) {
        for (const [how, server] of contenders) {
          const before = await events(url);
          const result = await generator.run({
            ...{ port: server.port, requests: requests.slice(0, connections), seconds },
            processes: {
              server: { pid: server.pid },
              ...(postgres.pid && { postgres: { pid: postgres.pid, children: true } }),
            },
          });
          const written = (await events(url)) - before;
          if (how === 'audited' ? written < result.answered : written > 0) {
            throw new Error(`${how}: ${result.answered} changes and ${written} events.`);
          }
          if (round === 0) continue;
          results.push({ round, how, connections, ...result });
          say(`mutation ${how}, ${connections} at once: ${Math.round(result.perSecond)}/s`);
        }
      }
    }
  } finally {
    for (const server of [generator, unaudited, audited]) await server.stop();
  }
  await postgres.drop('bench_audit_http');
  return results;
}

async function start(gatehouse, url, script) {
  const port = await freePort();
  return startServer(script, {
    port,
    cwd: tmpdir(),
    env: {
      PORT: port,
      PUBLIC_URL: 'http://gatehouse.bench.test',
      DATABASE_URL: url,
      DATABASE_POOL_SIZE: MOST_CONNECTIONS,
      ENCRYPTION_KEY: Buffer.alloc(32, 'bench').toString('base64'),
      RATE_LIMITS: 'off',
      LOG_LEVEL: 'silent',
      BOOTSTRAP_WORKSPACE: 'bench',
      BOOTSTRAP_ADMIN_EMAIL: ADMIN.email,
      BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
      GATEHOUSE_DIR: gatehouse,
    },
  });
}

async function prepare(port) {
  const { accessToken } = await call(port, '/v1/auth/login', ADMIN);
  const headers = { authorization: `Bearer ${accessToken}` };
  const requests = [];
  for (let at = 0; at < MOST_CONNECTIONS; at += 1) {
    const { id } = await call(port, '/v1/api-keys', { name: `key ${at}`, scopes: ['runs:read'] }, headers);
    requests.push({ path: `/v1/api-keys/${id}`, headers });
  }
  return requests;
}

async function call(port, path, body, headers = {}) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function events(url) {
  const { rows } = await withClient(url, (client) =>
    client.query(`select count(*)::int as count from audit_events where type = 'api_key.updated'`),
  );
  return rows[0].count;
}

import { withClient } from '../lib/postgres.mjs';
import { getRequest, ROTATING } from './population.mjs';

/** So many requests of a contender must be right, one by one, before anything is measured. */
export async function expectedExchanges({ server, credentials }) {
  const exchanges = [];
  for (const { path, headers } of credentials.slice(0, ROTATING)) {
    const response = await ask(server, path, headers);
    const body = await response.text();
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${body}`);
    exchanges.push({ request: getRequest(path, headers), body });
  }
  return exchanges;
}

/**
 * One measured window. In the middle of it a credential that was just accepted is revoked from outside, and asked
 * with again. Throws when any answer was wrong, or when that one was not refused at once (nor known to be late).
 */
export async function measure(contender, generator, { connections, seconds, postgres }) {
  const { server, exchanges } = contender;
  const [result] = await Promise.all([
    generator.run({
      port: server.port,
      exchanges,
      connections,
      warmSeconds: 0.5,
      seconds,
      processes: {
        server: { pid: server.pid },
        ...(postgres.pid ? { postgres: { pid: postgres.pid, children: true } } : {}),
      },
    }),
    pause(0.5 + seconds / 2).then(() => revokeOne(contender)),
  ]);
  expectNoFaults(contender, result);
  return result;
}

/** Round trips and statements per request, counted on the wire. The server must be connected through `counter`. */
export async function countRoundTrips(contender, generator, counter, connections) {
  const plan = { port: contender.server.port, exchanges: contender.exchanges, connections, processes: {} };
  // Fills the pool and prepares the statements.
  await generator.run({ ...plan, warmSeconds: 0, seconds: 0.5 });
  counter.take();
  const result = await generator.run({ ...plan, warmSeconds: 0, seconds: 1 });
  const { roundTrips, statements } = counter.take();
  expectNoFaults(contender, result);
  return {
    roundTrips: roundTrips / result.answered,
    statements: Object.fromEntries(
      Object.entries(statements).map(([verb, count]) => [verb, count / result.answered]),
    ),
  };
}

function expectNoFaults({ name }, { faulty, faults }) {
  if (faulty > 0) throw new Error(`${name}: ${faulty} wrong answers, such as ${faults.join('; ')}`);
}

async function revokeOne({ name, server, credentials, databaseUrl, refusesLate }) {
  if (!credentials) return;
  const { path, headers, revoke } = credentials.splice(ROTATING, 1)[0];
  const before = await ask(server, path, headers);
  await before.arrayBuffer();
  if (before.status !== 200) throw new Error(`${name}: ${before.status} before revocation`);
  await withClient(databaseUrl, revoke);
  const after = await ask(server, path, headers);
  await after.arrayBuffer();
  const expected = refusesLate ? 200 : 401;
  if (after.status !== expected) {
    throw new Error(`${name}: ${after.status} at the request after revocation, expected ${expected}`);
  }
}

const ask = (server, path, headers) => fetch(`http://127.0.0.1:${server.port}${path}`, { headers });

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

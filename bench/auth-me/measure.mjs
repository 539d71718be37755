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
  const plan = { port: contender.server.port, exchanges: contender.exchanges, warmSeconds: 0, processes: {} };
  // Fills the pool, prepares the statements, and gets over what a service notes when it sees a credential again
  // after a while.
  await generator.run({ ...plan, connections: 16, seconds: 1.5 });
  await pause(0.5);
  counter.take();
  const result = await generator.run({ ...plan, connections, seconds: 1 });
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
  if (!(await isAccepted(server, path, headers))) throw new Error(`${name}: refused before revocation`);
  await withClient(databaseUrl, revoke);
  const accepted = await isAccepted(server, path, headers);
  if (accepted && !refusesLate) throw new Error(`${name}: accepted after revocation`);
  if (!accepted && refusesLate) throw new Error(`${name}: refused after revocation, expected from its cache`);
}

/** 401 is a refusal; so is better-auth's own way to say that there is no session, 200 with `null`. */
async function isAccepted(server, path, headers) {
  const response = await ask(server, path, headers);
  const body = await response.text();
  if (response.status === 401 || (response.status === 200 && body === 'null')) return false;
  if (response.status === 200) return true;
  throw new Error(`${path}: ${response.status} ${body}`);
}

const ask = (server, path, headers) => fetch(`http://127.0.0.1:${server.port}${path}`, { headers });

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

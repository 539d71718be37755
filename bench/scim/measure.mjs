import { USER_TEMPLATE, nameOf } from './population.mjs';

let runs = 0;

/** Processes whose CPU counts: the server, and PostgreSQL with all its children. */
export const metered = ({ server }, postgres) => ({
  server: { pid: server.pid },
  ...(postgres.pid ? { postgres: { pid: postgres.pid, children: true } } : {}),
});

export function expectNoFaults({ name }, what, { faulty, faults }) {
  if (faulty > 0) throw new Error(`${name}, ${what}: ${faulty} wrong answers, such as ${faults.join('; ')}`);
}

/** POST /Users by every tenant in turn. Each row has to be under the tenant whose token it came with. */
export async function measureCreation(contender, generator, postgres, { connections, seconds, tenants }) {
  const prefix = `new-${(runs += 1)}-`;
  const users = tenants ?? (contender.oneTenant ? contender.tenants.slice(0, 1) : contender.tenants);
  const result = await generator.run({
    port: contender.server.port,
    connections,
    seconds,
    warmSeconds: 0.5,
    processes: metered(contender, postgres),
    requests: users.map(({ path, headers }) => ({
      method: 'POST',
      path: `${path}/Users`,
      headers,
      body: USER_TEMPLATE.replaceAll('{v}', '{v}@created.bench.test'),
    })),
    prefix,
    statuses: [201],
    holds: '{v}@created.bench.test',
  });
  expectNoFaults(contender, 'POST /Users', result);
  return { ...result, misplaced: await misplaced(contender, users, prefix, result) };
}

/** So many rows are not where they belong; rows that nobody was told of, or that are missing, count, too. */
async function misplaced(contender, users, prefix, { accepted }) {
  if (!contender.placed) return 0;
  const found = await contender.placed(prefix);
  const off = users.map(({ id }, which) => {
    const there = found.find(({ tenant }) => tenant === id)?.count ?? 0;
    return Math.abs(there - (accepted[which] ?? 0));
  });
  return Math.max(...off);
}

/** GET /Users?filter=userName eq "…" for people all over the directory. */
export async function measureLookUp(contender, generator, postgres, { connections, seconds, stored }) {
  const [{ path, headers }] = contender.tenants;
  const values = Array.from({ length: 400 }, (_, n) => nameOf(Math.floor((n * stored) / 400)));
  const result = await generator.run({
    port: contender.server.port,
    connections,
    seconds,
    warmSeconds: 0.3,
    processes: metered(contender, postgres),
    requests: [{ method: 'GET', path: `${path}/Users?filter=userName%20eq%20%22{v}%22`, headers }],
    values,
    statuses: [200],
    holds: '"{v}"',
    sampled: 'userName',
  });
  expectNoFaults(contender, 'userName eq', result);
  return result;
}

// Asks a server as fast as it answers. A process of its own, so that it can have a core of its own, and one for the
// whole run, so that it is warm. Each message is a plan; each reply its result.
import { cpus } from 'node:os';
import { CpuMeter, machineMicros } from './cpu.mjs';
import { KeepAliveConnection } from './keep-alive-connection.mjs';
import { percentile } from './statistics.mjs';

const FAULTS_TOLD = 3;

process.on('message', (plan) => {
  run(plan).then(
    (result) => process.send({ result }),
    (error) => process.send({ error: error.message }),
  );
});

/**
 * `exchanges` ({request, body}, or {request, contains} where bodies differ) go round in order over all connections. After `warmSeconds` comes the measured
 * window of `seconds`; `processes` are metered within it.
 */
async function run({ port, exchanges, connections, warmSeconds, seconds, processes }) {
  const rounds = exchanges.map(({ request, body, contains }) => ({
    request: Buffer.from(request),
    ...(contains === undefined ? { body: Buffer.from(body) } : { faultOf: unlessContains(contains) }),
  }));
  const milliseconds = [];
  const faults = [];
  let asked = 0;
  let answered = 0;
  let faulty = 0;
  let phase = 'warming';

  const next = () => (phase === 'over' ? undefined : rounds[asked++ % rounds.length]);
  const onAnswer = (time, fault) => {
    answered += 1;
    if (phase === 'measuring') milliseconds.push(time);
    if (!fault) return;
    faulty += 1;
    if (faults.length < FAULTS_TOLD) faults.push(fault);
  };
  const all = Promise.all(
    Array.from({ length: connections }, () => new KeepAliveConnection(port, next, onAnswer).over),
  );

  await Promise.race([all, pause(warmSeconds)]);
  const cpu = new CpuMeter({ ...processes, load: { pid: process.pid } });
  const machine = machineMicros();
  phase = 'measuring';
  const began = performance.now();
  await Promise.race([all, pause(seconds)]);
  phase = 'over';
  const elapsed = (performance.now() - began) / 1000;
  const { load, ...used } = cpu.used();
  const others = machineMicros() - machine - load - sum(Object.values(used));
  await all;

  milliseconds.sort((a, b) => a - b);
  const count = milliseconds.length;
  return {
    answered,
    faulty,
    faults,
    perSecond: count / elapsed,
    p50: percentile(milliseconds, 0.5),
    p95: percentile(milliseconds, 0.95),
    p99: percentile(milliseconds, 0.99),
    /** Share of the machine that went to processes which have no part in this. */
    others: Math.max(0, others / (elapsed * 1e6 * cpus().length)),
    cpu: Object.fromEntries(Object.entries(used).map(([name, micros]) => [name, micros && micros / count])),
  };
}

const unlessContains =
  (text) =>
  ({ status, body }) =>
    status === 200 && body.includes(text) ? undefined : `${status} ${body.utf8Slice().slice(0, 200)}`;

const sum = (values) => values.reduce((total, value) => total + value, 0);

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

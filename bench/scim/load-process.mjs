// Sends SCIM requests as fast as they are answered; a process of its own, warm for the whole run. Each message is a
// plan; each reply its result.
import { cpus } from 'node:os';
import { CpuMeter, machineMicros } from '../lib/cpu.mjs';
import { KeepAliveConnection } from '../lib/keep-alive-connection.mjs';
import { percentile } from '../lib/statistics.mjs';

const FAULTS_TOLD = 3;
/** Of so many answers one is read as JSON and looked at; all are searched for the value they have to hold. */
const SAMPLE = 20;

process.on('message', (plan) => {
  run(plan).then(
    (result) => process.send({ result }),
    (error) => process.send({ error: error.stack }),
  );
});

/**
 * `requests` ({method, path, headers, body}) go round over all connections; `{v}` in them stands for the next of
 * `values`, or for `prefix` and a number. `statuses` are the right ones; `holds` says what every body contains, and
 * `sampled` which attribute of it (or of its first resource) is that value. `once`: it ends with the values.
 */
async function run(plan) {
  const { port, connections, warmSeconds = 0, seconds, processes, once = false } = plan;
  const milliseconds = [];
  const seen = new Map();
  const faults = [];
  const perSecond = [];
  const accepted = [];
  let faulty = 0;
  let phase = 'warming';
  let began = performance.now();
  const exchanges = exchangesOf(plan);

  const next = () => (phase === 'over' ? undefined : exchanges());
  const onAnswer = (time, fault, { status }) => {
    seen.set(status, (seen.get(status) ?? 0) + 1);
    if (phase === 'measuring') milliseconds.push(time);
    const second = Math.floor((performance.now() - began) / 1000);
    perSecond[second] = (perSecond[second] ?? 0) + 1;
    if (!fault) return;
    faulty += 1;
    if (faults.length < FAULTS_TOLD) faults.push(fault);
  };
  exchanges.accepted = (request) => (accepted[request] = (accepted[request] ?? 0) + 1);
  const all = Promise.all(
    Array.from({ length: connections }, () => new KeepAliveConnection(port, next, onAnswer).over),
  );

  if (warmSeconds > 0) await Promise.race([all, pause(warmSeconds)]);
  const cpu = new CpuMeter({ ...processes, load: { pid: process.pid } });
  const machine = machineMicros();
  phase = 'measuring';
  began = performance.now();
  await (once ? all : Promise.race([all, pause(seconds)]));
  phase = 'over';
  const elapsed = (performance.now() - began) / 1000;
  const { load, ...used } = cpu.used();
  const others = machineMicros() - machine - load - sum(Object.values(used));
  await all;

  milliseconds.sort((a, b) => a - b);
  const count = milliseconds.length;
  return {
    faulty,
    faults,
    statuses: Object.fromEntries(seen),
    /** So many of each request, in the order of `requests`, were answered rightly. */
    accepted,
    timeline: perSecond,
    perSecond: count / elapsed,
    p50: percentile(milliseconds, 0.5),
    p99: percentile(milliseconds, 0.99),
    others: Math.max(0, others / (elapsed * 1e6 * cpus().length)),
    cpu: Object.fromEntries(Object.entries(used).map(([name, micros]) => [name, micros && micros / count])),
  };
}

function exchangesOf({ port, requests, values, prefix, once, statuses, holds, sampled }) {
  let count = 0;
  const next = () => {
    if (once && count >= values.length) return undefined;
    const turn = count++;
    const value = values ? values[turn % values.length] : `${prefix}${turn}`;
    const which = turn % requests.length;
    const wanted = holds?.replaceAll('{v}', value);
    return {
      request: written(requests[which], value, port),
      faultOf({ status, body }) {
        const fault = faultIn(
          { status, body },
          { statuses, wanted, sampled, value, look: turn % SAMPLE === 0 },
        );
        if (!fault) next.accepted(which);
        return fault;
      },
    };
  };
  return next;
}

function written({ method, path, headers, body }, value, port) {
  const text = body?.replaceAll('{v}', value);
  const lines = [
    `${method} ${path.replaceAll('{v}', encodeURIComponent(value))} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    ...Object.entries(headers).map(([name, content]) => `${name}: ${content}`),
    ...(text ? ['content-type: application/scim+json', `content-length: ${Buffer.byteLength(text)}`] : []),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${text ?? ''}`);
}

function faultIn({ status, body }, { statuses, wanted, sampled, value, look }) {
  if (!statuses.includes(status)) return `${status}: ${body.toString('utf8', 0, 300)}`;
  if (wanted && !body.includes(wanted)) return `no ${wanted} in ${body.toString('utf8', 0, 300)}`;
  if (!look || !sampled) return undefined;
  const resource = JSON.parse(body.toString());
  const found = resource.Resources ? resource.Resources[0]?.[sampled] : resource[sampled];
  return found === value ? undefined : `${sampled} is ${found} instead of ${value}`;
}

const sum = (values) => values.reduce((total, value) => total + value, 0);
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

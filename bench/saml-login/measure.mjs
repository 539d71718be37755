import { request as httpRequest, Agent } from 'node:http';
import { CpuMeter } from '../lib/cpu.mjs';
import { median } from '../lib/statistics.mjs';

const PEOPLE = 40;
const agent = new Agent({ keepAlive: true });
let turn = 0;

/**
 * So many logins one after the other by people who take turns. Answers the median time of each stage and of the
 * whole in milliseconds, and the CPU of the server and of PostgreSQL per login. A login that does not end with the
 * right person is an error.
 */
export async function measure({ name, server, stages, login }, postgres, logins) {
  const times = Object.fromEntries(['total', ...stages].map((stage) => [stage, []]));
  const meter = new CpuMeter({
    server: { pid: server.pid },
    ...(postgres.pid ? { postgres: { pid: postgres.pid, children: true } } : {}),
  });
  for (let count = 0; count < logins; count += 1) {
    const email = `person-${turn++ % PEOPLE}@acme.bench.test`;
    const took = {};
    const said = await login({ email, ask: (stage, url, how) => ask(name, took, stage, url, how) });
    if (said !== email) throw new Error(`${name} let ${said} in instead of ${email}.`);
    for (const stage of stages) times[stage].push(took[stage]);
    times.total.push(stages.reduce((sum, stage) => sum + took[stage], 0));
  }
  const used = meter.used();
  return {
    milliseconds: Object.fromEntries(Object.entries(times).map(([stage, values]) => [stage, median(values)])),
    cpu: Object.fromEntries(Object.entries(used).map(([who, micros]) => [who, micros && micros / logins])),
  };
}

/** One request of one stage; only the wait for its answer counts. */
async function ask(name, took, stage, url, { form, json, headers = {}, cookies = [] } = {}) {
  const body = form ? new URLSearchParams(form).toString() : json && JSON.stringify(json);
  const options = {
    agent,
    method: body ? 'POST' : 'GET',
    headers: {
      ...headers,
      ...(body && {
        'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json',
        'content-length': Buffer.byteLength(body),
      }),
      ...(cookies.length > 0 && { cookie: cookies.map((cookie) => cookie.split(';')[0]).join('; ') }),
    },
  };
  const began = performance.now();
  const answer = await send(url, options, body);
  took[stage] = performance.now() - began;
  if (answer.status >= 400)
    throw new Error(`${name}, ${stage}: ${answer.status} ${answer.text.slice(0, 500)}`);
  return answer;
}

function send(url, options, body) {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: response.statusCode,
          location: response.headers.location,
          cookies: response.headers['set-cookie'] ?? [],
          text,
          json: () => JSON.parse(text),
        });
      });
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

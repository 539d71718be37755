import { request as httpRequest, Agent } from 'node:http';
import { CpuMeter } from './cpu.mjs';
import { median } from './statistics.mjs';

const PEOPLE = 40;
const agent = new Agent({ keepAlive: true });
/** Of each contender, the browser of each person. */
const browsers = new WeakMap();
let turn = 0;

/**
 * So many logins by people who take turns, `atOnce` of them at any time. Answers the median time of each stage and of
 * the whole in milliseconds, the logins per second, and the CPU of the server and of PostgreSQL per login. A login that
 * does not end with the right person is an error.
 */
export async function measure(contender, postgres, logins, { atOnce = 1 } = {}) {
  const { name, server, stages, login } = contender;
  const times = Object.fromEntries(['total', ...stages].map((stage) => [stage, []]));
  const meter = new CpuMeter({
    server: { pid: server.pid },
    ...(postgres.pid ? { postgres: { pid: postgres.pid, children: true } } : {}),
  });
  const began = performance.now();
  let left = logins;
  const one = async () => {
    const email = `person-${turn++ % PEOPLE}@acme.bench.test`;
    const took = {};
    const browser = browserOf(contender, email);
    const said = await login({
      email,
      ask: (stage, url, how) => ask(name, took, stage, url, how),
      browse: (stage, url, how) => ask(name, took, stage, url, { ...how, browser }),
      forget: (cookies) => [...browser.keys()].forEach((one) => cookies.test(one) && browser.delete(one)),
    });
    if (said !== email) throw new Error(`${name} let ${said} in instead of ${email}.`);
    for (const stage of stages) times[stage].push(took[stage]);
    times.total.push(stages.reduce((sum, stage) => sum + took[stage], 0));
  };
  const browse = async () => {
    while (left-- > 0) await one();
  };
  await Promise.all(Array.from({ length: atOnce }, browse));
  const used = meter.used();
  return {
    perSecond: (logins / (performance.now() - began)) * 1000,
    milliseconds: Object.fromEntries(Object.entries(times).map(([stage, values]) => [stage, median(values)])),
    cpu: Object.fromEntries(Object.entries(used).map(([who, micros]) => [who, micros && micros / logins])),
  };
}

/** Whoever comes again comes with the cookies that their browser was given before. */
function browserOf(contender, email) {
  if (!browsers.has(contender)) browsers.set(contender, new Map());
  const people = browsers.get(contender);
  if (!people.has(email)) people.set(email, new Map());
  return people.get(email);
}

/** One request of one stage, by an application or by a browser; only the wait for its answer counts. */
async function ask(name, took, stage, url, { form, json, headers = {}, browser } = {}) {
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
      ...(browser?.size > 0 && { cookie: [...browser].map((cookie) => cookie.join('=')).join('; ') }),
    },
  };
  const began = performance.now();
  const answer = await send(url, options, body);
  took[stage] = performance.now() - began;
  if (answer.status >= 400)
    throw new Error(`${name}, ${stage}: ${answer.status} ${answer.text.slice(0, 500)}`);
  for (const cookie of browser ? answer.cookies : []) keep(browser, cookie);
  return answer;
}

function keep(browser, cookie) {
  const [, name, value, attributes] = /^([^=;]+)=([^;]*)(.*)$/.exec(cookie);
  if (/;\s*max-age=0\b/i.test(attributes)) browser.delete(name);
  else browser.set(name, value);
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

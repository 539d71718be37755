// npm run password-login -- [--rounds 5] [--seconds 3] [--warm 12] [--save]
import { existsSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ADMIN, PASSWORD, startGatehouse } from '../auth-me/gatehouse.mjs';
import { getRequest } from '../auth-me/population.mjs';
import { number, range, table } from '../lib/markdown.mjs';
import { openPostgres, withClient } from '../lib/postgres.mjs';
import { freePort, startLoadGenerator, startServer } from '../lib/processes.mjs';
import { spread } from '../lib/statistics.mjs';
import { seedBetterAuth, startBetterAuth } from './better-auth.mjs';

const PEOPLE = 20;
const CONNECTIONS = 8;
const KEY_CONNECTIONS = 4;
const here = fileURLToPath(new URL('.', import.meta.url));
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    warm: { type: 'string', default: '12' },
    save: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const warm = Number(values.warm);
const gatehouse = resolve(process.env.GATEHOUSE_DIR ?? join(here, '../..'));
if (!existsSync(join(gatehouse, 'dist/src/main.js'))) {
  console.error(`There is no build in ${gatehouse}: run \`npm run build\` there first.`);
  process.exit(1);
}

const running = [];
const keep = (server) => {
  running.push(server);
  return server;
};

try {
  const postgres = keep(await openPostgres(gatehouse));
  const generator = keep(startLoadGenerator());
  const storm = keep(startLoadGenerator());
  console.error('starting and filling everybody');
  const ours = await prepareOurs(postgres);
  const contenders = [await hashAlone(), ours, ...(await prepareTheirs(postgres))];
  const logins = await measureLogins(contenders, generator, postgres);
  const keys = await measureKeys(ours, generator, storm, postgres);
  const text = report(contenders, logins, keys, await postgres.facts());
  console.log(`\n${text}`);
  if (values.save) {
    const file = join(here, `../results/password-login-node${process.versions.node.split('.')[0]}.md`);
    writeFileSync(file, text);
  }
} finally {
  for (const server of running.reverse()) await server.stop();
}

/** Gatehouse on one core, and a second one on all of them for keys beside sign-ins, on the same database. */
async function prepareOurs(postgres) {
  const url = await postgres.freshDatabase('bench_passwords');
  const server = keep(await startGatehouse(gatehouse, url));
  const key = await withClient(url, async (client) => {
    await client.query(
      `with u as (insert into users (email, email_claimed, name, password_hash)
                  select 'person-' || n || '@bench.test', true, 'Person', a.password_hash
                    from generate_series(1, $1) n, users a where a.email = $2 returning id, email)
       insert into members (workspace_id, user_id, email, user_name, role, source)
       select w.id, u.id, u.email, u.email, 'editor', 'invitation' from u, workspaces w`,
      [PEOPLE, ADMIN],
    );
    return keyOf(server);
  });
  const wide = keep(await startGatehouse(gatehouse, url, { allCores: true }));
  const people = Array.from({ length: PEOPLE }, (_, index) => `person-${index + 1}@bench.test`);
  const exchanges = people.map((email) => ({
    request: postRequest('/v1/auth/login', { email, password: PASSWORD }),
    contains: '"status":"authenticated"',
  }));
  return { id: 'ours', name: 'Gatehouse', server, wide, key, exchanges };
}

async function keyOf({ port }) {
  const post = async (path, body, headers = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const { accessToken } = await post('/v1/auth/login', { email: ADMIN, password: PASSWORD });
  const authorization = `Bearer ${accessToken}`;
  return (await post('/v1/api-keys', { name: 'bench', scopes: ['members:read'] }, { authorization })).key;
}

async function prepareTheirs(postgres) {
  const sides = [
    ['peer', 'better-auth, its default (scrypt)', 'default'],
    ['peer argon2id', 'better-auth, with the same argon2id', 'argon2id'],
  ];
  const prepared = [];
  for (const [id, name, hash] of sides) {
    const url = await postgres.freshDatabase(`bench_passwords_${hash}`);
    const emails = await seedBetterAuth(gatehouse, url, hash, { people: PEOPLE, password: PASSWORD });
    const server = keep(await startBetterAuth(gatehouse, url, hash));
    const exchanges = emails.map((email) => ({
      request: postRequest('/api/auth/sign-in/email', { email, password: PASSWORD }),
      contains: '"token"',
    }));
    prepared.push({ id, name, server, exchanges });
  }
  return prepared;
}

async function hashAlone() {
  const port = await freePort();
  const script = join(here, 'servers/hash-alone.mjs');
  const server = keep(await startServer(script, { port, env: { PORT: port, GATEHOUSE_DIR: gatehouse } }));
  const exchanges = [{ request: getRequest('/', {}), contains: '"right":true' }];
  return { id: 'hash', name: 'argon2id alone', server, exchanges };
}

async function measureLogins(contenders, generator, postgres) {
  const results = [];
  for (let round = 0; round <= rounds; round += 1) {
    console.error(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
    for (let at = 0; at < contenders.length; at += 1) {
      const { id, server, exchanges } = contenders[(at + round) % contenders.length];
      const plan = {
        ...{ port: server.port, exchanges, connections: CONNECTIONS, warmSeconds: 0.5 },
        seconds: round === 0 ? warm : seconds,
      };
      const measured = await generator.run({ ...plan, processes: processes(server, postgres) });
      refuseFaults(id, measured);
      if (round > 0) results.push({ round, id, ...measured });
    }
  }
  return results;
}

/** Times of API keys, by themselves and while people sign in as fast as they are let in. */
async function measureKeys({ wide, key, exchanges }, generator, storm, postgres) {
  const plan = { port: wide.port, connections: KEY_CONNECTIONS, warmSeconds: 0.5, seconds };
  const keyExchanges = [{ request: getRequest('/v1/auth/me', { 'x-api-key': key }), contains: '"apiKey"' }];
  const keys = () =>
    generator.run({ ...plan, exchanges: keyExchanges, processes: processes(wide, postgres) });
  const results = [];
  for (let round = 0; round <= rounds; round += 1) {
    const alone = await keys();
    const stormPlan = { ...plan, connections: 16, seconds: seconds + 1, warmSeconds: 0, exchanges };
    const [logins, beside] = await Promise.all([storm.run({ ...stormPlan, processes: {} }), keys()]);
    for (const measured of [alone, logins, beside]) refuseFaults('keys', measured);
    if (round > 0) results.push({ alone, beside, logins });
  }
  return results;
}

function report(contenders, logins, keys, facts) {
  const of = (id, read) => spread(logins.filter((one) => one.id === id).map(read));
  const cpu = ({ cpu: { server, postgres = 0 } }) => (server + postgres) / 1000;
  const ratio = (read) =>
    range(
      spread(
        Array.from({ length: rounds }, (_, index) =>
          read((id) => logins.find((one) => one.id === id && one.round === index + 1)),
        ),
      ),
    );
  const rows = contenders.map(({ id, name }) => [
    name,
    range(of(id, ({ perSecond }) => perSecond)),
    range(of(id, ({ p50 }) => p50)),
    range(of(id, cpu)),
  ]);
  const targets = [
    [
      'times better-auth’s default, sign-ins/s',
      ratio((at) => at('ours').perSecond / at('peer').perSecond),
      '5',
    ],
    ['- by CPU', ratio((at) => cpu(at('peer')) / cpu(at('ours'))), ''],
    [
      'times better-auth with the same hash',
      ratio((at) => at('ours').perSecond / at('peer argon2id').perSecond),
      '1.3',
    ],
    ['- by CPU', ratio((at) => cpu(at('peer argon2id')) / cpu(at('ours'))), ''],
    [
      'share of what argon2id alone allows',
      ratio((at) => at('ours').perSecond / at('hash').perSecond),
      '0.75',
    ],
    ['- by CPU', ratio((at) => cpu(at('hash')) / cpu(at('ours'))), ''],
  ];
  const p99 = (which) => spread(keys.map((round) => round[which].p99));
  const slower = spread(keys.map(({ alone, beside }) => beside.p99 / alone.p99));
  const others = spread([...logins, ...keys.map(({ beside }) => beside)].map((one) => one.others * 100));
  return `${[
    '# Signing in with a password',
    [
      `- ${new Date().toISOString().slice(0, 10)}, Node ${process.version}; ${cpus().length} x ${cpus()[0].model.trim()}; other processes took ${range(others)} % of its CPU time.`,
      `- PostgreSQL ${facts.server_version}: fsync ${facts.fsync}, synchronous_commit ${facts.synchronous_commit}. Rate limits and logging off for all.`,
      `- ${rounds} rounds of ${seconds} s, order rotated; ${PEOPLE} people take turns over ${CONNECTIONS} connections; each server on one core, after ${warm} s to warm up. Every answer was 200 with tokens.`,
    ].join('\n'),
    table(['', 'sign-ins/s', 'p50 ms', 'CPU ms, server and PostgreSQL'], rows),
    table(['', 'measured', 'target'], targets),
    '## API keys while people sign in',
    `Gatehouse on all cores, ${KEY_CONNECTIONS} connections with an API key, beside 16 that sign in without a pause (${number(spread(keys.map(({ logins: { perSecond } }) => perSecond)).median)} sign-ins/s).`,
    table(
      ['', 'p99 ms'],
      [
        ['API key alone', range(p99('alone'))],
        ['beside the sign-ins', range(p99('beside'))],
        ['times, per round (target: at most 3)', range(slower)],
      ],
    ),
  ].join('\n\n')}\n`;
}

function processes(server, postgres) {
  return {
    server: { pid: server.pid },
    ...(postgres.pid ? { postgres: { pid: postgres.pid, children: true } } : {}),
  };
}

function refuseFaults(name, { faulty, faults }) {
  if (faulty > 0) throw new Error(`${name}: ${faulty} wrong answers, such as ${faults.join('; ')}`);
}

function postRequest(path, body) {
  const json = JSON.stringify(body);
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(json)}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${json}`;
}

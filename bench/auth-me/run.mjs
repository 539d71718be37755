// npm run auth-me -- [--rounds 5] [--seconds 2.5] [--warm 8] [--save]
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { memoryOf } from '../lib/cpu.mjs';
import { openPostgres } from '../lib/postgres.mjs';
import { canPin, freePort, startLoadGenerator, startServer } from '../lib/processes.mjs';
import { startRoundTripCounter } from '../lib/round-trip-counter.mjs';
import { seedBetterAuth, startBetterAuth } from './better-auth.mjs';
import { seedGatehouse, startGatehouse } from './gatehouse.mjs';
import { countRoundTrips, expectedExchanges, measure } from './measure.mjs';
import { getRequest } from './population.mjs';
import { report } from './report.mjs';

const CONNECTIONS = [1, 16];
const here = fileURLToPath(new URL('.', import.meta.url));
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2.5' },
    warm: { type: 'string', default: '8' },
    save: { type: 'boolean', default: false },
  },
});
const options = {
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  warm: Number(values.warm),
  pinned: canPin,
};
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
  const contenders = await prepare(postgres);
  const results = await measureAll(contenders, generator, postgres);
  say('counting round trips');
  const roundTrips = await countAll(contenders, generator);
  const text = report({ contenders, results, roundTrips, facts: await postgres.facts(), options, gatehouse });
  console.log(`\n${text}`);
  if (values.save) {
    const file = join(here, `../results/auth-me-node${process.versions.node.split('.')[0]}.md`);
    writeFileSync(file, text);
    say(`saved as ${file}`);
  }
} finally {
  for (const server of running.reverse()) await server.stop();
}

/** Starts and fills everybody. A contender is {id, name, server, credentials?, exchanges, databaseUrl, restart}. */
async function prepare(postgres) {
  say('starting and filling Gatehouse');
  const ourUrl = await postgres.freshDatabase('bench_gatehouse');
  const ours = keep(await startGatehouse(gatehouse, ourUrl));
  const ourCredentials = await seedGatehouse(gatehouse, ours, ourUrl);

  const unbatched = keep(await startGatehouse(gatehouse, ourUrl, { batched: false }));

  say('starting and filling better-auth');
  const peerUrl = await postgres.freshDatabase('bench_better_auth');
  const peerCredentials = await seedBetterAuth(peerUrl);
  const peer = keep(await startBetterAuth(peerUrl));
  const peerCached = keep(await startBetterAuth(peerUrl, { cookieCache: true }));

  const gatehouseSide = {
    server: ours,
    databaseUrl: ourUrl,
    restart: (url) => startGatehouse(gatehouse, url),
  };
  const unbatchedSide = {
    server: unbatched,
    databaseUrl: ourUrl,
    restart: (url) => startGatehouse(gatehouse, url, { batched: false }),
  };
  const peerSide = { server: peer, databaseUrl: peerUrl, restart: (url) => startBetterAuth(url) };
  const cachedSide = {
    server: peerCached,
    databaseUrl: peerUrl,
    refusesLate: true,
    restart: (url) => startBetterAuth(url, { cookieCache: true }),
  };
  const contenders = [
    { ...gatehouseSide, id: 'key', name: 'Gatehouse, API key', credentials: ourCredentials.keys },
    { ...gatehouseSide, id: 'token', name: 'Gatehouse, access token', credentials: ourCredentials.tokens },
    {
      ...unbatchedSide,
      id: 'key unbatched',
      name: 'Gatehouse, API key, one look-up per request',
      credentials: ourCredentials.unbatchedKeys,
    },
    {
      ...peerSide,
      id: 'peer key',
      name: 'better-auth, API key, bare API call',
      credentials: peerCredentials.keys,
    },
    {
      ...peerSide,
      id: 'peer session',
      name: 'better-auth, session in the database, bare API call',
      credentials: peerCredentials.sessions,
    },
    {
      ...peerSide,
      id: 'peer session route',
      name: 'better-auth, session in the database, its own route',
      credentials: peerCredentials.routeSessions,
    },
    {
      ...cachedSide,
      id: 'peer cached',
      name: 'better-auth, session in the cookie cache, bare API call',
      credentials: peerCredentials.cached,
    },
    {
      ...cachedSide,
      id: 'peer cached route',
      name: 'better-auth, session in the cookie cache, its own route',
      credentials: peerCredentials.routeCached,
    },
  ];
  for (const contender of contenders) contender.exchanges = await expectedExchanges(contender);
  const answer = contenders.find(({ id }) => id === 'token').exchanges[0].body;
  return [await constant(answer), ...contenders];
}

async function constant(answer) {
  const port = await freePort();
  const server = keep(
    await startServer(join(here, 'servers/constant.mjs'), { port, env: { PORT: port, ANSWER: answer } }),
  );
  const request = getRequest('/v1/auth/me', { authorization: 'none' });
  return {
    id: 'constant',
    name: 'NestJS on Fastify, a constant',
    server,
    exchanges: [{ request, body: answer }],
  };
}

async function measureAll(contenders, generator, postgres) {
  for (const contender of contenders) {
    say(`warming up: ${contender.name}`);
    await measure(contender, generator, { connections: 16, seconds: options.warm, postgres });
  }
  const results = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    say(`round ${round} of ${options.rounds}`);
    for (const connections of CONNECTIONS) {
      for (const contender of rotated(contenders, round)) {
        const measured = await measure(contender, generator, {
          connections,
          seconds: options.seconds,
          postgres,
        });
        results.push({ round, id: contender.id, connections, ...measured });
      }
    }
  }
  for (const { name, server } of contenders)
    say(`memory after the rounds: ${name}: ${memoryOf(server.pid)} MB`);
  return results;
}

async function countAll(contenders, generator) {
  const counts = {};
  for (const contender of contenders.filter(({ restart }) => restart)) {
    const counter = await startRoundTripCounter(contender.databaseUrl);
    const server = await contender.restart(counter.url);
    try {
      counts[contender.id] = [];
      for (const connections of CONNECTIONS) {
        const measured = { ...contender, server };
        counts[contender.id].push(await countRoundTrips(measured, generator, counter, connections));
      }
    } finally {
      await server.stop();
      await counter.stop();
    }
  }
  return counts;
}

function rotated(list, by) {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

function say(text) {
  console.error(text);
}

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { number, range, table } from '../lib/markdown.mjs';
import { spread } from '../lib/statistics.mjs';
import { PEOPLE, POOL_SIZE, ROTATING, WORKSPACES } from './population.mjs';

/** What the ratios are measured against; `better` says in which direction more is better for us. */
const COMPARISONS = [
  {
    name: 'API key: requests/s, times better-auth API key, 16 connections',
    target: 10,
    of: (at) => at(16, 'key').perSecond / at(16, 'peer key').perSecond,
  },
  {
    name: 'API key: CPU of server and PostgreSQL, better-auth divided by ours, 16 connections',
    target: 12,
    of: (at) => totalCpu(at(16, 'peer key')) / totalCpu(at(16, 'key')),
  },
  {
    name: 'API key: p50, better-auth divided by ours, 1 connection',
    target: 4,
    of: (at) => at(1, 'peer key').p50 / at(1, 'key').p50,
  },
  {
    name: 'API key: requests/s, share of the constant, 16 connections',
    target: 0.25,
    of: (at) => at(16, 'key').perSecond / at(16, 'constant').perSecond,
  },
  {
    name: 'API key: requests/s, times one look-up per request, 16 connections',
    target: 1.3,
    of: (at) => at(16, 'key').perSecond / at(16, 'key unbatched').perSecond,
  },
  {
    name: 'API key: requests/s, times one look-up per request, 1 connection',
    // Not slower, within what a round scatters.
    target: 0.95,
    of: (at) => at(1, 'key').perSecond / at(1, 'key unbatched').perSecond,
  },
  {
    name: 'access token: requests/s, share of the constant, 16 connections',
    of: (at) => at(16, 'token').perSecond / at(16, 'constant').perSecond,
  },
  {
    name: 'access token: requests/s, times better-auth session in the database at its own route, 16 connections',
    target: 6,
    of: (at) => at(16, 'token').perSecond / at(16, 'peer session route').perSecond,
  },
  {
    name: '- times the bare call of its API',
    of: (at) => at(16, 'token').perSecond / at(16, 'peer session').perSecond,
  },
  {
    name: 'access token: requests/s, times better-auth session in the cookie cache at its own route, 16 connections',
    target: 3,
    of: (at) => at(16, 'token').perSecond / at(16, 'peer cached route').perSecond,
  },
  {
    name: '- times the bare call of its API',
    of: (at) => at(16, 'token').perSecond / at(16, 'peer cached').perSecond,
  },
  {
    name: 'access token: CPU of server and PostgreSQL, better-auth session in the database at its own route divided by ours, 16 connections',
    of: (at) => totalCpu(at(16, 'peer session route')) / totalCpu(at(16, 'token')),
  },
];

/** The whole result as Markdown. `results` is a list of {round, id, connections, …measured}. */
export function report({ contenders, results, roundTrips, facts, options, gatehouse }) {
  const connections = [...new Set(results.map((result) => result.connections))];
  return `${[
    '# Authenticated requests: `GET /v1/auth/me`',
    setting({ facts, options, gatehouse, results }),
    '## Rates and times',
    'Median of the rounds, in brackets the lowest and the highest.',
    ...connections.map((count) => ratesTable(contenders, results, count)),
    '## Round trips to the database, per request',
    'Counted on the wire between server and PostgreSQL in a run of its own. With many connections, requests of the same turn of the event loop share one. Besides these, Gatehouse writes once per key and minute when it was last used.',
    roundTripTable(contenders, roundTrips),
    '## Ratios',
    'Per round, then the median over the rounds.',
    ratioTable(results),
  ].join('\n\n')}\n`;
}

function ratesTable(contenders, results, connections) {
  const head = [
    `${connections} connection${connections > 1 ? 's' : ''}`,
    'requests/s',
    'p50 ms',
    'p99 ms',
    'server CPU µs/request',
    'PostgreSQL CPU µs/request',
  ];
  const rows = contenders.map(({ id, name }) => {
    const mine = results.filter((result) => result.id === id && result.connections === connections);
    const over = (read) => range(spread(mine.map(read)));
    return [
      name,
      over((result) => result.perSecond),
      over((result) => result.p50),
      over((result) => result.p99),
      over((result) => result.cpu.server),
      over((result) => result.cpu.postgres),
    ];
  });
  return table(head, rows);
}

function roundTripTable(contenders, roundTrips) {
  const head = ['', '1 connection', '16 connections', 'statements at 1 connection'];
  const rows = contenders
    .filter(({ id }) => roundTrips[id])
    .map(({ id, name }) => {
      const [alone, together] = roundTrips[id];
      const statements = Object.entries(alone.statements)
        .filter(([, count]) => count >= 0.005)
        .map(([verb, count]) => `${number(count)} ${verb}`);
      return [name, number(alone.roundTrips), number(together.roundTrips), statements.join(', ') || 'none'];
    });
  return table(head, rows);
}

function ratioTable(results) {
  const rounds = [...new Set(results.map(({ round }) => round))];
  const rows = COMPARISONS.map(({ name, target, of }) => {
    const ratios = rounds.map((round) =>
      of((connections, id) =>
        results.find(
          (result) => result.round === round && result.id === id && result.connections === connections,
        ),
      ),
    );
    const measured = spread(ratios.map((ratio) => (Number.isNaN(ratio) ? undefined : ratio)));
    return [name, range(measured), target ? `>= ${target}` : '', verdict(measured, target)];
  });
  return table(['', 'measured', 'target', ''], rows);
}

const verdict = (measured, target) =>
  !measured || !target ? '' : measured.median >= target ? 'reached' : 'missed';

const totalCpu = ({ cpu }) => cpu.server + cpu.postgres;

function setting({ facts, options, gatehouse, results }) {
  const [{ model }] = cpus();
  const versions = ['better-auth', '@nestjs/core', 'fastify', 'pg'].map(
    (name) => `${name} ${versionOf(name)}`,
  );
  return [
    `- ${new Date().toISOString().slice(0, 10)}, Gatehouse at ${revisionOf(gatehouse)}; ${versions.join(', ')}; Node ${process.version}.`,
    `- Machine: ${cpus().length} x ${model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}; ${othersIn(results)}.`,
    `- PostgreSQL ${facts.server_version}, one server for all: fsync ${facts.fsync}, synchronous_commit ${facts.synchronous_commit}, shared_buffers ${facts.shared_buffers}, autovacuum ${facts.autovacuum}; ${POOL_SIZE} connections per service.`,
    `- ${PEOPLE} people, sessions and keys on each side (ours in ${WORKSPACES} workspaces); ${ROTATING} credentials take turns.`,
    `- ${options.rounds} rounds of ${options.seconds} s each, order rotated, after ${options.warm} s to warm up; servers on one core, load generator on the other${options.pinned ? '' : ' (NOT PINNED here)'}, PostgreSQL free; logging and rate limits off for all.`,
    `- Every answer was 200 with the expected body, and in every window one credential was revoked and refused at the next request, except by the cookie cache, which accepted it as it is meant to.`,
  ].join('\n');
}

function othersIn(results) {
  const share = spread(results.map(({ others }) => others * 100));
  return Number.isNaN(share.median)
    ? 'how busy other processes kept it is unknown'
    : `other processes took ${range(share)} % of its CPU time during the windows`;
}

const versionOf = (name) =>
  JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;

function revisionOf(directory) {
  try {
    const git = (...args) =>
      execFileSync('git', ['-C', directory, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', 'src') ? ' with changes' : '');
  } catch {
    return 'an unknown revision';
  }
}

import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { number, range, table } from '../lib/markdown.mjs';
import { spread } from '../lib/statistics.mjs';
import { WRITERS } from './append.mjs';

/** What a run found, as Markdown. Ratios are of the same round, then the median over all rounds. */
export function report({ appends, mutations, facts, options, gatehouse }) {
  return [
    '# Audit log',
    '',
    `One hot workspace, ${WRITERS} writers, each of which waits until its entry is on the disk. What is only recorded shares`,
    'a COMMIT with what ends at the same time (ADR 0016). Beside Gatehouse, in rotating order in the same process and',
    'database: a log in which each entry holds the hash of the one before, with the row of the newest hash locked (four',
    'round trips). A round of ours counts only if every entry came under a seal. Then one API call that changes a row',
    '(`PATCH /v1/api-keys/{id}`), whose event is in the transaction of the change, beside the same build that records',
    'nothing.',
    '',
    ...(appends.length > 0 ? [...appendTables(appends), ''] : []),
    ...(mutations.length > 0 ? [...mutationTables(mutations), ''] : []),
    ...machine(facts, options, gatehouse),
    '',
  ].join('\n');
}

function appendTables(appends) {
  const of = (how, read) => spread(appends.filter((one) => one.how === how).map(read));
  const row = (how, name) => [
    name,
    range(of(how, ({ perSecond }) => perSecond)),
    range(of(how, ({ p50 }) => p50)),
    range(of(how, ({ p99 }) => p99)),
    range(of(how, ({ cpu }) => cpu)),
    range(of(how, ({ postgres }) => postgres)),
  ];
  const lag = (read) => range(of('gatehouse', ({ lag: found }) => read(found)));
  const worst = Math.max(
    ...appends.filter(({ how }) => how === 'gatehouse').map(({ lag: found }) => found.p99),
  );
  const times = spread(ratios(appends, 'gatehouse', 'chain', ({ perSecond }) => perSecond));
  const ways = [row('gatehouse', 'Gatehouse'), row('chain', 'chain with a locked head')];
  return [
    '## Append',
    '',
    table(['', 'entries/s', 'p50 ms', 'p99 ms', 'Node µs/entry', 'PostgreSQL µs/entry'], ways),
    '',
    table(
      ['', 'found', 'target'],
      [
        ['entries/s, times the chain', range(times), verdict('8', times.median >= 8)],
        ['seconds from an entry to its seal, p50', lag(({ p50 }) => p50), ''],
        ['seconds from an entry to its seal, p99', lag(({ p99 }) => p99), verdict('1 at most', worst <= 1)],
        ['seconds from an entry to its seal, longest', lag(({ max }) => max), ''],
        ['entries without a seal', '0', '0 ✓'],
      ],
    ),
  ];
}

function mutationTables(mutations) {
  const most = [...new Set(mutations.map(({ connections }) => connections))];
  return [
    '## An audited change',
    ...most.flatMap((connections) => [
      '',
      `### ${connections} ${connections === 1 ? 'connection' : 'connections'}`,
      '',
      ...changeTables(mutations.filter((one) => one.connections === connections)),
    ]),
  ];
}

function changeTables(mutations) {
  const of = (how, read) => spread(mutations.filter((one) => one.how === how).map(read));
  const row = (how, name) => [
    name,
    range(of(how, ({ perSecond }) => perSecond)),
    range(of(how, ({ p50 }) => p50)),
    range(of(how, ({ p99 }) => p99)),
    range(of(how, ({ cpu }) => cpu.server)),
    range(of(how, ({ cpu }) => cpu.postgres)),
  ];
  const rate = spread(ratios(mutations, 'audited', 'unaudited', ({ perSecond }) => perSecond));
  const cost = spread(
    ratios(mutations, 'unaudited', 'audited', ({ cpu }) => cpu.server + (cpu.postgres ?? 0)),
  );
  return [
    table(
      ['', 'requests/s', 'p50 ms', 'p99 ms', 'server µs', 'PostgreSQL µs'],
      [row('audited', 'audited'), row('unaudited', 'without the event')],
    ),
    '',
    table(
      ['', 'found', 'target'],
      [
        ['requests/s, share of those without the event', range(rate), verdict('0.9', rate.median >= 0.9)],
        ['CPU without the event, share of that with it (sealing included)', range(cost), ''],
      ],
    ),
  ];
}

function ratios(results, how, other, read) {
  const rounds = [...new Set(results.map(({ round }) => round))];
  const at = (round, which) => read(results.find((one) => one.round === round && one.how === which));
  return rounds.map((round) => at(round, how) / at(round, other));
}

const verdict = (target, reached) => `${target} ${reached ? '✓' : '✗'}`;

function machine(facts, { rounds, seconds, load }, gatehouse) {
  const commit = execFileSync('git', ['-C', gatehouse, 'rev-parse', '--short', 'HEAD'], {
    encoding: 'utf8',
  }).trim();
  const [cpu] = cpus();
  return [
    `Node ${process.versions.node}, ${cpu.model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB,`,
    `Linux ${release()}; load of the machine at the start ${number(load)}. PostgreSQL ${facts.server_version}, fsync`,
    `${facts.fsync}, synchronous_commit ${facts.synchronous_commit}, ${facts.shared_buffers} of shared buffers,`,
    `autovacuum ${facts.autovacuum}.`,
    `${rounds} rounds of ${seconds} s after one to warm up; median (smallest-largest). Commit ${commit}.`,
  ];
}

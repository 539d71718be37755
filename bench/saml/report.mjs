import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { number, range, table } from '../lib/markdown.mjs';
import { spread } from '../lib/statistics.mjs';

/** Who takes part, in the order of the tables, and what each really does. */
export const NAMES = {
  gatehouse: 'Gatehouse in process: both signatures, 29 checks',
  'gatehouse in worker': 'Gatehouse as in production: the same in its worker thread',
  'node-saml': 'node-saml: both signatures',
  saml20: 'saml20 `validate`, as Polis (saml-jackson) calls it: one signature',
  floor: 'floor: two SHA-256, two RSA verifications, nothing read',
};

const SIZES = { typical: '8 attributes, 5 groups', large: '150 groups' };

/** Ratios of CPU time per validation, peer over ours. */
const COMPARISONS = [
  ['W1: node-saml over Gatehouse, CPU', 'typical', 'cpu', 'node-saml', 'gatehouse', 20],
  [
    'W1: node-saml over Gatehouse in its worker, CPU',
    'typical',
    'cpu',
    'node-saml',
    'gatehouse in worker',
    20,
  ],
  ['W1: saml20 over Gatehouse, CPU', 'typical', 'cpu', 'saml20', 'gatehouse', 15],
  ['W1: saml20 over Gatehouse in its worker, CPU', 'typical', 'cpu', 'saml20', 'gatehouse in worker', 15],
  ['W2: node-saml over Gatehouse, CPU', 'large', 'cpu', 'node-saml', 'gatehouse', 15],
  ['W2: node-saml over Gatehouse in its worker, CPU', 'large', 'cpu', 'node-saml', 'gatehouse in worker', 15],
  [
    'event loop blocked: node-saml over Gatehouse in its worker',
    'typical',
    'blocked',
    'node-saml',
    'gatehouse in worker',
  ],
  ['the same, 150 groups', 'large', 'blocked', 'node-saml', 'gatehouse in worker'],
];

/** The run as Markdown. `results` is a list of {round, size, id, perSecond, cpu, blocked, longest}. */
export function report({ results, fixtures, options, gatehouse }) {
  return `${[
    '# Validation of SAML responses',
    setting({ fixtures, options, gatehouse }),
    'Median of the rounds, in brackets the lowest and the highest. CPU is that of the whole process, worker thread included.',
    ...Object.keys(SIZES).map((size) => sizeTable(results, size, fixtures[size].bytes)),
    '## Ratios',
    'Per round, then the median over the rounds.',
    ratioTable(results),
    '## Ceilings',
    ceilingTable(results),
  ].join('\n\n')}\n`;
}

function sizeTable(results, size, bytes) {
  const head = [
    `${SIZES[size]}: ${number(bytes / 1000)} kB`,
    'validations/s',
    'CPU µs',
    'event loop blocked, ms per login',
    'longest, ms',
  ];
  const rows = Object.entries(NAMES).map(([id, name]) => {
    const mine = results.filter((result) => result.id === id && result.size === size);
    const over = (read) => range(spread(mine.map(read)));
    return [
      name,
      over(({ perSecond }) => perSecond),
      over(({ cpu }) => cpu),
      over(({ blocked }) => blocked),
      over(({ longest }) => longest),
    ];
  });
  return table(head, rows);
}

function ratioTable(results) {
  const rows = COMPARISONS.map(([name, size, field, peer, ours, target]) => {
    const measured = spread(perRound(results, size, (of) => of(peer)[field] / of(ours)[field]));
    return [name, range(measured), target ? `>= ${target}` : '', verdict(measured.median, target)];
  });
  return table(['', 'measured', 'target', ''], rows);
}

function ceilingTable(results) {
  const most = (size, id, field) => spread(perRound(results, size, (of) => of(id)[field]));
  const rows = [
    ['W1: CPU µs in process', most('typical', 'gatehouse', 'cpu'), 1000],
    ['W1: CPU µs with the worker', most('typical', 'gatehouse in worker', 'cpu'), 1000],
    ['W2: event loop blocked, ms per login', most('large', 'gatehouse in worker', 'blocked'), 4],
  ].map(([name, measured, limit]) => [
    name,
    range(measured),
    `<= ${limit}`,
    measured.median <= limit ? 'reached' : 'missed',
  ]);
  return table(['', 'measured', 'target', ''], rows);
}

function perRound(results, size, read) {
  const rounds = [...new Set(results.map(({ round }) => round))];
  return rounds.map((round) =>
    read((id) =>
      results.find((result) => result.round === round && result.size === size && result.id === id),
    ),
  );
}

const verdict = (measured, target) => (!target ? '' : measured >= target ? 'reached' : 'missed');

function setting({ fixtures, options, gatehouse }) {
  const [{ model }] = cpus();
  const versions = ['@node-saml/node-saml', '@boxyhq/saml20'].map((name) => `${name} ${versionOf(name)}`);
  return [
    `- ${fixtures.now.toISOString().slice(0, 10)}, Gatehouse at ${revisionOf(gatehouse)}; ${versions.join(', ')}; Node ${process.version}.`,
    `- Machine: ${cpus().length} x ${model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}; load average ${loadavg().map(number).join(', ')}.`,
    `- Response and assertion signed: RSA-2048, SHA-256, exclusive canonicalization, certificate in KeyInfo.`,
    `- ${options.rounds} rounds of ${options.seconds} s of CPU time each, order rotated, one process per contender, all on one core${options.pinned ? '' : ' (NOT PINNED here)'}.`,
    `- In every window each contender accepted the good response and refused one whose first group had been changed.`,
  ].join('\n');
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

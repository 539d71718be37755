import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, release, totalmem } from 'node:os';
import { range, table } from '../lib/markdown.mjs';
import { spread } from '../lib/statistics.mjs';

const STAGES = ['start', 'acs', 'token', 'userinfo', 'total'];

/** The two stages that better-auth has. */
const twoStages = ({ milliseconds: { start, acs } }) => start + acs;
const total = ({ milliseconds }) => milliseconds.total;
const cpu = ({ cpu: { server, postgres } }) => server + postgres;

const COMPARISONS = [
  {
    name: 'whole login: Polis divided by ours',
    target: 6,
    of: (at) => total(at('Polis')) / total(at('Gatehouse')),
  },
  {
    name: '- CPU of server and PostgreSQL',
    of: (at) => cpu(at('Polis')) / cpu(at('Gatehouse')),
  },
  {
    name: 'whole login, full directory: Polis divided by ours',
    target: 10,
    of: (at) => total(at('Polis full')) / total(at('Gatehouse full')),
  },
  {
    name: '- CPU of server and PostgreSQL',
    of: (at) => cpu(at('Polis full')) / cpu(at('Gatehouse full')),
  },
  {
    name: 'start and ACS: better-auth divided by ours',
    target: 10,
    of: (at) => twoStages(at('better-auth')) / twoStages(at('Gatehouse')),
  },
  {
    name: 'whole login, full directory: ours divided by ours when empty',
    most: 1.1,
    of: (at) => total(at('Gatehouse full')) / total(at('Gatehouse')),
  },
  {
    name: 'whole login, full directory: Polis divided by Polis when empty',
    of: (at) => total(at('Polis full')) / total(at('Polis')),
  },
];

/** The whole result as Markdown. `results` is a list of {round, id, milliseconds, cpu}. */
export function report({ contenders, results, facts, options, gatehouse }) {
  return `${[
    '# A whole SAML login',
    setting({ facts, options, gatehouse }),
    '## Times and CPU per login',
    'Median of the rounds, in brackets the lowest and the highest; p50 within a round.',
    timesTable(contenders, results),
    '## Ratios',
    'Per round, then the median over the rounds.',
    ratioTable(results),
  ].join('\n\n')}\n`;
}

function timesTable(contenders, results) {
  const head = ['', ...STAGES.map((stage) => `${stage} ms`), 'server CPU ms', 'PostgreSQL CPU ms'];
  const rows = contenders.map(({ id, name, stages }) => {
    const mine = results.filter((result) => result.id === id);
    const over = (read) => range(spread(mine.map(read)));
    return [
      name,
      ...STAGES.map((stage) =>
        stage === 'total' || stages.includes(stage) ? over(({ milliseconds }) => milliseconds[stage]) : '-',
      ),
      over((result) => result.cpu.server / 1000),
      over((result) => (result.cpu.postgres === undefined ? undefined : result.cpu.postgres / 1000)),
    ];
  });
  return table(head, rows);
}

function ratioTable(results) {
  const rounds = [...new Set(results.map(({ round }) => round))];
  const rows = COMPARISONS.map(({ name, target, most, of }) => {
    const ratios = rounds.map((round) =>
      of((id) => results.find((result) => result.round === round && result.id === id)),
    );
    const measured = spread(ratios.map((ratio) => (Number.isNaN(ratio) ? undefined : ratio)));
    const wanted = target ? `>= ${target}` : most ? `<= ${most}` : '';
    return [name, range(measured), wanted, verdict(measured, target, most)];
  });
  return table(['', 'measured', 'target', ''], rows);
}

function verdict(measured, target, most) {
  if (!measured || (!target && !most)) return '';
  return (target ? measured.median >= target : measured.median <= most) ? 'reached' : 'missed';
}

function setting({ facts, options, gatehouse }) {
  const [{ model }] = cpus();
  const versions = ['@boxyhq/saml-jackson', 'better-auth', '@better-auth/sso', 'samlify'].map(
    (name) => `${name} ${versionOf(name)}`,
  );
  return [
    `- ${new Date().toISOString().slice(0, 10)}, Gatehouse at ${revisionOf(gatehouse)}; ${versions.join(', ')}; Node ${process.version}.`,
    `- Machine: ${cpus().length} x ${model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}.`,
    `- PostgreSQL ${facts.server_version}, one server for all: fsync ${facts.fsync}, synchronous_commit ${facts.synchronous_commit}, shared_buffers ${facts.shared_buffers}.`,
    `- ${options.rounds} rounds of ${options.logins} logins, one after the other, order rotated, after ${options.warmUp} to warm up; servers on one core. Response and assertion signed, eight attributes and five groups; signing them is not measured.`,
    '- Every login ended with the right person: a token and the profile behind it, or better-auth’s session.',
  ].join('\n');
}

function versionOf(name) {
  const paths = createRequire(import.meta.url).resolve.paths(name);
  for (const path of paths) {
    try {
      return JSON.parse(readFileSync(`${path}/${name}/package.json`, 'utf8')).version;
    } catch {
      // Not in this one.
    }
  }
  return 'of unknown version';
}

function revisionOf(directory) {
  try {
    return execFileSync('git', ['-C', directory, 'rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
    }).trim();
  } catch {
    return 'an unknown revision';
  }
}

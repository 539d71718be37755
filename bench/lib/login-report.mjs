import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, release, totalmem } from 'node:os';
import { range, table } from './markdown.mjs';
import { spread } from './statistics.mjs';

/**
 * The whole result of a bench of logins as Markdown. `kind` says what is particular to it: {title, stages, packages,
 * comparisons, notes}; `results` is a list of {round, id, milliseconds, perSecond, cpu}, one login after the other;
 * `rush` the same with `atOnce` logins at any time. A comparison is {name, value, of, by, target?, most?}: the value of
 * one contender divided by that of another. It is left out when one of them takes no part.
 */
export function report(kind, { contenders, results, rush, atOnce, facts, options, gatehouse }) {
  return `${[
    `# ${kind.title}`,
    setting(kind, { facts, options, gatehouse }),
    '## Times and CPU per login',
    'Median of the rounds, in brackets the lowest and the highest; p50 within a round.',
    timesTable(kind, contenders, results),
    '## Ratios',
    'Per round, then the median over the rounds.',
    ratioTable(kind.comparisons, results),
    `## ${atOnce} at once`,
    rushTable(contenders, rush),
    ratioTable(rushComparisons(contenders), rush),
  ].join('\n\n')}\n`;
}

function timesTable({ stages: named }, contenders, results) {
  const all = [...named, 'total'];
  const head = ['', ...all.map((stage) => `${stage} ms`), 'server CPU ms', 'PostgreSQL CPU ms'];
  const rows = contenders.map(({ id, name, stages }) => {
    const mine = results.filter((result) => result.id === id);
    const over = (read) => range(spread(mine.map(read)));
    return [
      name,
      ...all.map((stage) =>
        stage === 'total' || stages.includes(stage) ? over(({ milliseconds }) => milliseconds[stage]) : '-',
      ),
      over((result) => result.cpu.server / 1000),
      over((result) => (result.cpu.postgres === undefined ? undefined : result.cpu.postgres / 1000)),
    ];
  });
  return table(head, rows);
}

function rushTable(contenders, results) {
  const rows = contenders.map(({ id, name }) => {
    const mine = results.filter((result) => result.id === id);
    const over = (read) => range(spread(mine.map(read)));
    return [
      name,
      over(({ perSecond }) => perSecond),
      over(({ milliseconds }) => milliseconds.total),
      over((result) => result.cpu.server / 1000),
      over((result) => (result.cpu.postgres === undefined ? undefined : result.cpu.postgres / 1000)),
    ];
  });
  return table(['', 'logins/s', 'p50 ms', 'server CPU ms', 'PostgreSQL CPU ms'], rows);
}

/** Every peer beside Gatehouse, with as many people in the directory where both have been given some. */
function rushComparisons(contenders) {
  const ours = contenders.filter(({ name }) => name.startsWith('Gatehouse'));
  return contenders
    .filter((one) => !ours.includes(one))
    .map(({ id, name }) => {
      const like = ours.find((one) => one.name.split(',')[1] === name.split(',')[1]) ?? ours[0];
      return {
        name: `logins/s: ours divided by those of ${name}`,
        value: ({ perSecond }) => perSecond,
        of: like?.id,
        by: id,
      };
    });
}

function ratioTable(comparisons, results) {
  const rounds = [...new Set(results.map(({ round }) => round))];
  const at = (round, id) => results.find((result) => result.round === round && result.id === id);
  const present = comparisons.filter((one) => at(rounds[0], one.of) && at(rounds[0], one.by));
  if (present.length === 0) return 'None: nobody to compare with took part.';
  const rows = present.map(({ name, value, of, by, target, most }) => {
    const ratios = rounds.map((round) => value(at(round, of)) / value(at(round, by)));
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

function setting({ packages, notes }, { facts, options, gatehouse }) {
  const [{ model }] = cpus();
  const versions = packages.map((name) => `${name} ${versionOf(name)}`);
  return [
    `- ${new Date().toISOString().slice(0, 10)}, Gatehouse at ${revisionOf(gatehouse)}; ${versions.join(', ')}; Node ${process.version}.`,
    `- Machine: ${cpus().length} x ${model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}.`,
    `- PostgreSQL ${facts.server_version}, one server for all: fsync ${facts.fsync}, synchronous_commit ${facts.synchronous_commit}, shared_buffers ${facts.shared_buffers}, autovacuum ${facts.autovacuum}.`,
    `- ${options.rounds} rounds of ${options.logins} logins, one after the other, order rotated, after ${options.warmUp} to warm up; servers on one core. ${notes}`,
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

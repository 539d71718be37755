import { number, range, table } from '../lib/markdown.mjs';
import { spread } from '../lib/statistics.mjs';

const cpuOf = ({ cpu: { server, postgres } }) => server + (postgres ?? 0);

const COLUMNS = [
  ['req/s', ({ perSecond }) => perSecond],
  ['p50 ms', ({ p50 }) => p50],
  ['p99 ms', ({ p99 }) => p99],
  ['server CPU us', ({ cpu }) => cpu.server],
  ['PostgreSQL CPU us', ({ cpu }) => cpu.postgres],
];

/** A row for each contender: median of the rounds, lowest and highest in brackets. */
export function measuredTable(contenders, results, more = []) {
  const columns = [...COLUMNS, ...more];
  return table(
    ['', ...columns.map(([name]) => name)],
    contenders.map(({ id, name }) => {
      const mine = results.filter((result) => result.id === id);
      return [name, ...columns.map(([, read]) => range(spread(mine.map(read))))];
    }),
  );
}

/**
 * Ratios per round, then their median: `rate` by requests per second, `cpu` by CPU of server and PostgreSQL.
 * A comparison is {peer, rate?: target}.
 */
export function ratioTable(results, comparisons, us = 'gatehouse') {
  const rounds = [...new Set(results.map(({ round }) => round))];
  const at = (round, id) => results.find((result) => result.round === round && result.id === id);
  const present = comparisons.filter(({ peer }) => results.some(({ id }) => id === peer));
  return table(
    ['ours to', 'in requests per second', 'target', '', 'in CPU'],
    present.map(({ peer, target }) => {
      const rates = spread(rounds.map((round) => at(round, us).perSecond / at(round, peer).perSecond));
      const cpus = spread(rounds.map((round) => cpuOf(at(round, peer)) / cpuOf(at(round, us))));
      return [peer, range(rates), target ? `>= ${target}` : '', verdict(rates.median, target), range(cpus)];
    }),
  );
}

/** `name: 1.12 (target at most 1.3: reached)` */
export function growthLine(name, value, most) {
  return `- ${name}: ${number(value)}${most ? ` (target at most ${most}: ${value <= most ? 'reached' : 'missed'})` : ''}`;
}

function verdict(value, target) {
  if (!target) return '';
  return value >= target ? 'reached' : 'missed';
}

import type { Outcome, Verdict } from './run';

export interface ClauseReport {
  clause: string;
  title: string;
  passed: number;
  failed: number;
  notOffered: number;
}

/** Outcomes by clause, in the order they came. */
export function byClause(outcomes: readonly Outcome[]): ClauseReport[] {
  const clauses = new Map<string, ClauseReport>();
  for (const { check, verdict } of outcomes) {
    const { clause, title } = check;
    const report = clauses.get(clause) ?? {
      clause,
      title: title.replace(/^Filtering: .*/, 'Filtering'),
      passed: 0,
      failed: 0,
      notOffered: 0,
    };
    report[FIELD[verdict]] += 1;
    clauses.set(clause, report);
  }
  return [...clauses.values()];
}

const FIELD = { passed: 'passed', failed: 'failed', 'not offered': 'notOffered' } as const satisfies Record<
  Verdict,
  keyof ClauseReport
>;

/** The report people read: a line for each clause, and every failure with its reason. */
export function textReport(url: string, outcomes: readonly Outcome[]): string {
  const clauses = byClause(outcomes);
  const width = Math.max(...clauses.map(({ clause, title }) => `${clause} ${title}`.length));
  const line = (name: string, ...counts: (number | string)[]): string =>
    `${name.padEnd(width)}  ${counts.map((count) => String(count).padStart(11)).join(' ')}`;
  const failures = outcomes.filter(({ verdict }) => verdict === 'failed');
  return [
    `SCIM conformance of ${url}`,
    '',
    line('', 'passed', 'failed', 'not offered'),
    ...clauses.map(({ clause, title, passed, failed, notOffered }) =>
      line(`${clause} ${title}`, passed, failed, notOffered),
    ),
    line('all', ...totals(outcomes)),
    ...(failures.length > 0 ? ['', 'Failed:'] : []),
    ...failures.map(
      ({ check, reason }) => `  ${check.id} ${check.title}: ${check.sentence}\n      ${reason}`,
    ),
    '',
  ].join('\n');
}

/** The same for programs. */
export function jsonReport(url: string, outcomes: readonly Outcome[]): string {
  const [passed, failed, notOffered] = totals(outcomes);
  return JSON.stringify(
    {
      url,
      passed,
      failed,
      notOffered,
      clauses: byClause(outcomes),
      checks: outcomes.map(({ check: { id, clause, title, sentence }, verdict, reason }) => ({
        id,
        clause,
        title,
        sentence,
        verdict,
        ...(reason !== undefined && { reason }),
      })),
    },
    null,
    2,
  );
}

function totals(outcomes: readonly Outcome[]): [number, number, number] {
  const count = (wanted: Verdict): number => outcomes.filter(({ verdict }) => verdict === wanted).length;
  return [count('passed'), count('failed'), count('not offered')];
}

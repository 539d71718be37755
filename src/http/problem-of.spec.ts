import { QueryFailedError } from 'typeorm';
import { isTrouble, problemOf } from './problem-of';
import { Problem } from './problems';

describe('What PostgreSQL did', () => {
  const failure = (code: string, more: object = {}) =>
    new QueryFailedError('select 1', [], Object.assign(new Error('no'), { code, ...more }));

  it.each([
    ['25P03', 503, 'busy'],
    ['25P04', 503, 'busy'],
    ['57014', 503, 'busy'],
    ['53100', 503, 'database_unreachable'],
    ['53200', 503, 'database_unreachable'],
    ['57P01', 503, 'database_unreachable'],
    ['57P05', 503, 'database_unreachable'],
    ['25P02', 500, 'internal_error'],
  ])('is answered as what it is: %s as %i %s', (code, status, answer) => {
    expect(problemOf(failure(code))).toMatchObject({ status, code: answer });
  });

  it.each([
    ['a row', 'while locking tuple (0,7) in relation "members"'],
    ['a row to change', 'while updating tuple (0,7) in relation "members"\nSQL function "f" statement 1'],
    ['a turn', 'SQL statement "SELECT pg_advisory_xact_lock(1)"\nPL/pgSQL function f() line 3 at PERFORM'],
  ])('is a conflict when a statement ran out of time while it waited for %s', (_, where) => {
    expect(problemOf(failure('57014', { where }))).toMatchObject({ status: 409, code: 'busy' });
  });

  it('is no conflict when a statement ran out of time in its own work', () => {
    const where = 'PL/pgSQL function judge_deactivation(uuid) line 33 at SQL statement';
    expect(problemOf(failure('57014', { where }))).toMatchObject({ status: 503, code: 'busy' });
  });
});

describe('What an operator hears of', () => {
  const at = (status: number) => new Problem(status, 'any', 'Any.');

  it.each([500, 502, 503])('%i is trouble', (status) => expect(isTrouble(at(status))).toBe(true));
  it.each([400, 404, 409, 429, 501])('%i is an answer', (status) =>
    expect(isTrouble(at(status))).toBe(false),
  );
  it('whatever nobody expected is trouble', () => expect(isTrouble(problemOf(new Error('?')))).toBe(true));
});

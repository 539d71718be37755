import { QueryFailedError } from 'typeorm';
import { isTrouble, problemOf } from './problem-of';
import { Problem } from './problems';

describe('What PostgreSQL did', () => {
  const failure = (code: string) =>
    new QueryFailedError('select 1', [], Object.assign(new Error('no'), { code }));

  it.each([
    ['25P03', 503, 'busy'],
    ['25P04', 503, 'busy'],
    ['57014', 503, 'busy'],
    ['57P01', 503, 'database_unreachable'],
    ['57P05', 503, 'database_unreachable'],
    ['25P02', 500, 'internal_error'],
  ])('is answered as what it is: %s as %i %s', (code, status, answer) => {
    expect(problemOf(failure(code))).toMatchObject({ status, code: answer });
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

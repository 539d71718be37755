import { isTrouble, problemOf } from './problem-of';
import { Problem } from './problems';

describe('What an operator hears of', () => {
  const at = (status: number) => new Problem(status, 'any', 'Any.');

  it.each([500, 502, 503])('%i is trouble', (status) => expect(isTrouble(at(status))).toBe(true));
  it.each([400, 404, 409, 429, 501])('%i is an answer', (status) =>
    expect(isTrouble(at(status))).toBe(false),
  );
  it('whatever nobody expected is trouble', () => expect(isTrouble(problemOf(new Error('?')))).toBe(true));
});

import { QueryFailedError } from 'typeorm';
import { isCommitUncertain } from './commit-uncertain';

const failure = (code?: string) =>
  new QueryFailedError('commit', [], Object.assign(new Error('no'), { code }));

describe('What failed at its COMMIT', () => {
  it.each(['23505', '40001', '57014', 'GH005'])(
    'certainly does not stand when PostgreSQL says so (%s)',
    (code) => {
      expect(isCommitUncertain(failure(code))).toBe(false);
    },
  );

  it.each([undefined, '08006', '57P01', 'ECONNRESET'])('may stand when the connection broke (%s)', (code) => {
    expect(isCommitUncertain(failure(code))).toBe(true);
  });
});

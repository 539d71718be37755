import { Problem } from '../../../http/problems';
import { inWordsOfPages } from './words-of-pages';

describe('A problem, as pages tell of it', () => {
  it('says how long whoever pressed too often has to wait', () => {
    const headers = { 'retry-after': '17' };
    const calls = new Problem(429, 'rate_limited', 'Too many calls: 600 are allowed in 60 seconds.', {
      headers,
    });
    const { detail, extra } = inWordsOfPages(calls);
    expect(detail).toContain('Wait 17 seconds');
    expect(detail).not.toContain('calls');
    expect(extra.headers).toEqual(headers);
  });

  it('stays what it is where its own words are good on a page too', () => {
    const sentences = [
      ['rate_limited', 'Too many sign-ins failed. Try again later.'],
      ['forbidden', 'You may not do this.'],
      ['member_removed', 'You are no longer a member of this workspace.'],
      ['last_admin', 'A workspace keeps at least one admin. Make somebody else admin first.'],
    ] as const;
    for (const [code, detail] of sentences)
      expect(inWordsOfPages(new Problem(403, code, detail))).toMatchObject({
        status: 403,
        code,
        detail,
        extra: {},
      });
  });
});

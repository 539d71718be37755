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

  it('says of a review of too many where those of some are begun', () => {
    const detail = 'A review takes up to 10000 members: narrow its scope, and begin several.';
    const { extra, ...problem } = inWordsOfPages(new Problem(409, 'review_too_large', detail));
    expect(problem.detail).toMatch(/^A review takes up to 10000 members, and there are more\. /);
    expect(problem.detail).not.toContain('scope');
    expect(extra.next).toMatchObject({ href: '/docs' });
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

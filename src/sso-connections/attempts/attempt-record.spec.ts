import { clipped } from './attempt-record';

describe('The record of a sign-in', () => {
  const huge = 'x'.repeat(100_000);

  it('keeps what is of ordinary length as it is', () => {
    const record = {
      status: 'failed' as const,
      code: 'saml_expired',
      subject: 'ada',
      checks: [{ id: 'a', code: 'saml_expired', ok: false, received: '1', expected: '2' }],
      statement: { issuer: 'urn:idp', audiences: ['a', 'b'], nested: { one: 1, yes: true, none: null } },
      attributes: { groups: ['a', 'b'] },
    };
    expect(clipped(record)).toEqual(record);
  });

  it('is bounded, however much was sent', () => {
    const long = {
      status: 'failed' as const,
      subject: huge,
      email: huge,
      checks: Array.from({ length: 1_000 }, () => ({
        ...{ id: 'a', code: 'saml_expired', ok: false, received: huge, expected: huge },
      })),
      statement: Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`name-${at}`, huge])),
      attributes: { [huge]: Array.from({ length: 10_000 }, () => huge), groups: ['a'] },
    };
    expect(JSON.stringify(clipped(long)).length).toBeLessThan(350_000);
    expect(clipped(long).checks![0]!.received).toHaveLength(512);
    expect(clipped(long).checks![0]!.received).toMatch(/x…$/);
  });

  it('ends nesting that has no end', () => {
    const deep: Record<string, unknown> = {};
    deep.deeper = deep;
    expect(JSON.stringify(clipped({ status: 'failed', statement: deep }))).toContain('…');
  });

  it('holds nothing that the database cannot', () => {
    const record = clipped({ status: 'failed', subject: 'a\u0000b', statement: { 'n\u0000': ['\ud800'] } });
    expect(JSON.stringify(record)).not.toMatch(/\\u0000|\\ud800/);
  });
});

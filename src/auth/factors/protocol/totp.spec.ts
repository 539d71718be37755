import { toBase32 } from './base32';
import { codeAt, otpauthUrl, stepAt, stepOf } from './totp';

/** The seed of RFC 4226 appendix D and RFC 6238 appendix B. */
const SEED = Buffer.from('12345678901234567890');

describe('A one-time password', () => {
  it.each(
    ['755224', '287082', '359152', '969429', '338314', '254676', '287922', '162583', '399871', '520489'].map(
      (code, count) => [count, code] as const,
    ),
  )('for count %i is %s (RFC 4226 appendix D)', (count, code) => {
    expect(codeAt(SEED, count)).toBe(code);
  });

  it.each([
    ['1970-01-01T00:00:59Z', '94287082'],
    ['2005-03-18T01:58:29Z', '07081804'],
    ['2005-03-18T01:58:31Z', '14050471'],
    ['2009-02-13T23:31:30Z', '89005924'],
    ['2033-05-18T03:33:20Z', '69279037'],
    ['2603-10-11T11:33:20Z', '65353130'],
  ])('at %s is %s (RFC 6238 appendix B)', (time, code) => {
    expect(codeAt(SEED, stepAt(new Date(time)), 8)).toBe(code);
  });

  it('is recognised one step early and one step late, and no further', () => {
    const now = new Date('2026-01-01T00:00:15Z');
    const step = stepAt(now);
    for (const off of [-1, 0, 1]) expect(stepOf(SEED, codeAt(SEED, step + off), now)).toBe(step + off);
    for (const off of [-2, 2]) expect(stepOf(SEED, codeAt(SEED, step + off), now)).toBeUndefined();
  });

  it('may be typed with a gap', () => {
    const now = new Date('2026-01-01T00:00:15Z');
    const code = codeAt(SEED, stepAt(now));
    expect(stepOf(SEED, ` ${code.slice(0, 3)} ${code.slice(3)} `, now)).toBe(stepAt(now));
  });

  it.each(['', '12345', '1234567', '12345a', '+12345', '１２３４５６', '-12345'])('is not %j', (text) => {
    expect(stepOf(SEED, text, new Date(0))).toBeUndefined();
  });

  it('is set up with a seed that apps can read', () => {
    expect(otpauthUrl(SEED, { issuer: 'Acme & Co', account: 'ada+1@acme.test' })).toBe(
      'otpauth://totp/Acme%20%26%20Co:ada%2B1%40acme.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme%20%26%20Co&algorithm=SHA1&digits=6&period=30',
    );
  });
});

describe('Base32', () => {
  it.each([
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ])('of %j is %j (RFC 4648 section 10, without padding)', (text, encoded) => {
    expect(toBase32(Buffer.from(text))).toBe(encoded);
  });
});

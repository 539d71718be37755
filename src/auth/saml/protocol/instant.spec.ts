import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { readInstant } from './instant';

const ROOT = join(__dirname, '../../../..');

describe('A SAML time', () => {
  it.each([
    ['2026-11-22T10:00:00Z', '2026-11-22T10:00:00.000Z'],
    ['2026-11-22T10:00:00.123Z', '2026-11-22T10:00:00.123Z'],
    ['2026-11-22T10:00:00.1234567Z', '2026-11-22T10:00:00.123Z'],
    ['2026-11-22T10:00:00.123456789Z', '2026-11-22T10:00:00.123Z'],
    ['2026-11-22T11:00:00+01:00', '2026-11-22T10:00:00.000Z'],
    ['2026-11-22T10:00:00', '2026-11-22T10:00:00.000Z'],
  ])('%p is %p', (text, instant) => {
    expect(readInstant(text)?.toISOString()).toBe(instant);
  });

  it.each([
    undefined,
    '',
    'now',
    '2026-11-22',
    '1795341600',
    '2026-13-01T00:00:00Z',
    '2026-11-22T10:00:00Z ',
    ' 2026-11-22T10:00:00Z',
    '2026-11-22T10:00:00Z (or so)',
    'Sun, 22 Nov 2026 10:00:00 GMT',
    '+002026-11-22T10:00:00Z',
    '2026-11-22T10:00:00.Z',
    '2026-11-22T10:00:00.1234567890Z',
  ])('is not %p', (text) => {
    expect(readInstant(text)).toBeUndefined();
  });

  it('without a zone is UTC, wherever the service runs', () => {
    const ask = `require('./src/auth/saml/protocol/instant.ts').readInstant('2026-11-22T10:00:00').toISOString()`;
    const answer = execFileSync(
      process.execPath,
      ['--require', './test/support/run-typescript.cjs', '--print', ask],
      { cwd: ROOT, env: { ...process.env, TZ: 'America/New_York' }, encoding: 'utf8' },
    );
    expect(answer.trim()).toBe('2026-11-22T10:00:00.000Z');
  });
});

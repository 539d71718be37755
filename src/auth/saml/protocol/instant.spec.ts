import { readInstant } from './instant';

describe('A SAML time', () => {
  it.each([
    ['2026-11-22T10:00:00Z', '2026-11-22T10:00:00.000Z'],
    ['2026-11-22T10:00:00.123Z', '2026-11-22T10:00:00.123Z'],
    ['2026-11-22T10:00:00.1234567Z', '2026-11-22T10:00:00.123Z'],
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
  ])('is not %p', (text) => {
    expect(readInstant(text)).toBeUndefined();
  });
});

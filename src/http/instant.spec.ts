import { isInstant } from './instant';

describe('A moment in a request', () => {
  it.each([
    '2030-01-31T12:00:00Z',
    '2030-01-31t12:00:00.123456789z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '2028-02-29T23:59:59+14:00',
  ])('may be %s', (text) => {
    expect(isInstant(text)).toBe(true);
  });

  it.each([
    '2030-01-31',
    '2030-02-30T12:00:00Z',
    '2030-01-31T24:00:00Z',
    '2030-01-31T12:00:00',
    '2030-01-31T12:00:00+25:00',
    7,
    null,
  ])('is never %j', (value) => {
    expect(isInstant(value)).toBe(false);
  });

  it.each(['9999-12-31T23:59:59-05:00', '0000-01-01T00:00:00+01:00'])(
    'has a year that an answer can write in UTC: %s has none',
    (text) => {
      expect(isInstant(text)).toBe(false);
    },
  );
});

import { idempotencyKeyOf } from './idempotency-key';

describe('An Idempotency-Key', () => {
  it.each([
    ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['"8e03978e"', '8e03978e'],
    ['  spaces-around  ', 'spaces-around'],
    [String.raw`"a \"b\" \\c"`, String.raw`a "b" \c`],
    ['x'.repeat(255), 'x'.repeat(255)],
    [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
    ['a,b', 'a,b'],
  ])('%s is %s', (header, key) => {
    expect(idempotencyKeyOf(header)).toBe(key);
  });

  it.each([
    '',
    ' ',
    '""',
    'a b',
    'one, two',
    'ä',
    'a\tb',
    '"open',
    '"a"b"',
    '"a\\b"',
    '"a";p=1',
    'x'.repeat(256),
    ['one', 'two'],
    undefined,
  ])('is not %p', (header) => {
    expect(() => idempotencyKeyOf(header)).toThrow('idempotency_key_invalid');
  });
});

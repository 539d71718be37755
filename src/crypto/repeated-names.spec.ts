import fc from 'fast-check';
import { repeatsAName } from './repeated-names';
import { JsonRefused, parseStrictJson } from './strict-json';

const repeats = (text: string) => repeatsAName(text, JSON.parse(text));

describe('A JSON text that names a member twice', () => {
  it.each([
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '{"x":[{"a":{"b":1}},{"b":1,"c":2,"b":1}]}',
    '{"":1,"":1}',
    '{"__proto__":1,"__proto__":2}',
    '{"a\\\\":1,"a\\\\":2}',
    `${'['.repeat(50_000)}{"a":1,"a":1}${']'.repeat(50_000)}`,
  ])('is found: %#', (text) => {
    expect(repeats(text)).toBe(true);
  });

  it.each([
    '{}',
    '[]',
    '"a:b"',
    'null',
    '7',
    '{"a":":","b":"\\":\\\\","c:d":[":",{"a":1},{"a":1}]}',
    '{"a":{"a":{"a":1}}}',
    '{"__proto__":{"a":1},"constructor":{"prototype":1},"toString":1}',
    `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
  ])('is not found where there is none: %#', (text) => {
    expect(repeats(text)).toBe(false);
  });

  it('is judged as the reader judges that looks at every name', () => {
    const name = fc.constantFrom('a', 'b', '\\u0061', ':', '\\"', '"', '');
    const text = fc.letrec<{ value: string }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom('1', '"x:y"', 'true', '"\\\\"'),
        fc.array(tie('value'), { maxLength: 3 }).map((parts) => `[${parts.join(' , ')}]`),
        fc
          .array(fc.tuple(name, tie('value')), { maxLength: 4 })
          .map((parts) => `{${parts.map(([key, part]) => `${JSON.stringify(key)} : ${part}`).join(',')}}`),
      ),
    })).value;
    fc.assert(
      fc.property(text, (drawn) => {
        expect(repeats(drawn)).toBe(refusedByName(drawn));
      }),
      { numRuns: 300 },
    );
  });
});

function refusedByName(text: string): boolean {
  try {
    parseStrictJson(text);
    return false;
  } catch (refusal) {
    return (refusal as JsonRefused).fault === 'duplicate_member';
  }
}

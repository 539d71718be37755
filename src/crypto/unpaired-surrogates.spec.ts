import { hasUnpairedSurrogate } from './unpaired-surrogates';

const has = (text: string): boolean => hasUnpairedSurrogate(text, JSON.parse(text));

describe('Half a character in JSON', () => {
  it.each([
    ['a high half', '"\\ud800"'],
    ['a low half', '"a\\uDFFFb"'],
    ['two of them in the wrong order', '"\\udc00\\ud800"'],
    ['one in a name', '{"a":[{"\\ud83d":1}]}'],
    ['one behind whole ones', '["\\ud83d\\ude00", null, {"a": "\\ud83d\\ude00\\ud83d"}]'],
  ])('is found: %s', (_, text) => expect(has(text)).toBe(true));

  it.each([
    ['whole characters, escaped or not', '["\\ud83d\\ude00", "😀", null, 1, {}]'],
    ['a backslash that is one', '"\\\\ud800"'],
    ['escapes of others', '"\\u00e9\\u0000"'],
  ])('is not seen in %s', (_, text) => expect(has(text)).toBe(false));
});

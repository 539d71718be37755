import { nestsDeeperThan } from './nesting';

const deeper = (limit: number, text: string): boolean => nestsDeeperThan(limit, text, JSON.parse(text));
const lists = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const objects = (depth: number): string => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);

describe('The nesting of a JSON text', () => {
  it.each([
    ['lists', lists],
    ['objects', objects],
    ['lists beside shallow things', (depth: number) => `{"a":[[]],"b":${lists(depth - 1)},"c":[]}`],
  ])('is measured through %s', (_, text) => {
    expect(deeper(5, text(5))).toBe(false);
    expect(deeper(5, text(6))).toBe(true);
  });

  it('counts no brackets in strings, and nothing beside one another', () => {
    expect(deeper(2, JSON.stringify([lists(50), lists(50)]))).toBe(false);
    expect(deeper(2, JSON.stringify(Array.from({ length: 50 }, () => [])))).toBe(false);
    expect(deeper(2, JSON.stringify('x'.repeat(50)))).toBe(false);
    expect(deeper(2, `${' '.repeat(50)}null`)).toBe(false);
  });

  it('may be deeper than any stack', () => {
    expect(deeper(64, lists(200_000))).toBe(true);
  });
});

import { BROADEST, isTooBroad } from './breadth';

const members = (count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`field-${index}`, 1]));
const items = (count: number): unknown[] => Array<unknown>(count).fill('x');

describe('The breadth of what was sent', () => {
  it.each([
    ['members of one object', members, BROADEST.members],
    ['items of one list', items, BROADEST.items],
  ])('is limited in %s, wherever it stands', (_, of, most) => {
    for (const around of [(part: unknown) => part, (part: unknown) => ({ a: [{ b: part }, null, 1] })]) {
      expect(isTooBroad(around(of(most)))).toBe(false);
      expect(isTooBroad(around(of(most + 1)))).toBe(true);
    }
  });

  it('counts nothing together that stands apart', () => {
    expect(isTooBroad(Array.from({ length: 30 }, () => members(900)))).toBe(false);
    expect(isTooBroad('x'.repeat(20_000))).toBe(false);
    expect(isTooBroad(undefined)).toBe(false);
  });

  it('is found below any depth', () => {
    let nested: unknown = items(BROADEST.items + 1);
    for (let depth = 0; depth < 100_000; depth += 1) nested = [nested];
    expect(isTooBroad(nested)).toBe(true);
  });
});

import { pageOfAll } from './page';

describe('A list that is at hand as a whole', () => {
  const all = ['a', 'b', 'c', 'd', 'e'];

  it('is read page by page like any other', () => {
    const first = pageOfAll(all, { limit: 2 });
    const second = pageOfAll(all, { limit: 2, cursor: first.nextCursor! });
    const last = pageOfAll(all, { limit: 2, cursor: second.nextCursor! });
    expect([first.data, second.data, last.data]).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(last.nextCursor).toBeNull();
  });

  it('ends with a page that is full', () => {
    expect(pageOfAll(all, { limit: 5 })).toEqual({ data: all, nextCursor: null });
  });

  it.each(['', 'x', 'YWZ0ZXIgMA', 'YWZ0ZXIgLTE', 'YWZ0ZXIgMg=='])(
    'takes no cursor but its own: %p',
    (cursor) => {
      expect(() => pageOfAll(all, { limit: 2, cursor })).toThrow('invalid_cursor');
    },
  );
});

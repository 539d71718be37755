import type { Position } from '../../database/keyset-page';
import { USERS } from '../protocol/user-schema';
import type { ResourceQuery } from '../resource-query';
import { Bookmarks } from './bookmarks';
import { ListIdentity } from './list-identity';

const QUERY = {
  ...{ filter: 'active eq true', sortBy: 'userName', sortOrder: 'ascending' },
  ...{ page: { startIndex: 1, count: 10 }, projection: {} },
} as ResourceQuery;
const list = (changes: Partial<ResourceQuery> = {}, type = 'User') =>
  ListIdentity.of(type, { ...QUERY, ...changes });
const position = (id: string): Position => ({ createdAt: '2026-11-22T12:00:00Z', id });

describe('Where a page ended', () => {
  afterEach(() => jest.useRealTimers());

  it('is known to whoever asks for the next one, and for no other', () => {
    const bookmarks = new Bookmarks();
    bookmarks.put(list(), 11, position('a'));
    expect(bookmarks.find(list(), 11)).toEqual(position('a'));
    expect(bookmarks.find(list(), 21)).toBeUndefined();
  });

  it('is forgotten after five minutes', () => {
    jest.useFakeTimers();
    const bookmarks = new Bookmarks();
    bookmarks.put(list(), 11, position('a'));
    jest.advanceTimersByTime(300_000);
    expect(bookmarks.find(list(), 11)).toBeDefined();
    jest.advanceTimersByTime(1);
    expect(bookmarks.find(list(), 11)).toBeUndefined();
  });

  it('is kept of ten thousand lists: of those that were read last', () => {
    const bookmarks = new Bookmarks();
    const named = (number: number) => list({ filter: String(number) });
    for (let number = 0; number < 10_000; number += 1) bookmarks.put(named(number), 2, position('a'));
    bookmarks.put(named(0), 3, position('b'));
    bookmarks.put(named(10_000), 2, position('a'));
    expect(bookmarks.find(named(0), 3)).toBeDefined();
    expect(bookmarks.find(named(1), 2)).toBeUndefined();
    expect(bookmarks.find(named(2), 2)).toBeDefined();
  });

  it('belongs to the very list: what is asked for, and in which order', () => {
    const others = [
      list({}, 'Group'),
      list({ filter: 'active eq false' }),
      list({ sortBy: 'externalId' }),
      list({ sortOrder: 'descending' }),
      list({ alongside: [USERS] }),
    ].map(({ text }) => text);
    expect(new Set([...others, list().text]).size).toBe(6);
    expect(list({ page: { startIndex: 11, count: 5 } }).text).toBe(list().text);
  });
});

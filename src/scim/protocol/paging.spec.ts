import { readPage } from './paging';

describe('A page of a list (RFC 7644 §3.4.2.4)', () => {
  it.each<[string | undefined, string | undefined, number, number]>([
    [undefined, undefined, 1, 100],
    ['1', '2', 1, 2],
    ['0', '0', 1, 0],
    ['-5', '-5', 1, 0],
    ['101', '100000', 101, 200],
    ['99999999999999999999', '99999999999999999999', Number.MAX_SAFE_INTEGER, 200],
    ['', '', 1, 100],
  ])('with startIndex %p and count %p starts at %p and holds up to %p', (startIndex, count, start, size) => {
    expect(readPage({ startIndex, count })).toEqual({ startIndex: start, count: size });
  });

  it.each(['x', '1.5', '1e3', '0x10', 'NaN', "1'"])('does not start at %p', (startIndex) => {
    expect(() => readPage({ startIndex })).toThrow(expect.objectContaining({ scimType: 'invalidValue' }));
  });
});

describe('A page by cursor (RFC 9865)', () => {
  it.each([undefined, '', '50', 50])('takes a count of %p', (count) => {
    const { cursor, count: size } = readPage({ cursor: '', count });
    expect({ cursor, size }).toEqual({ cursor: '', size: count ? 50 : 100 });
  });

  it.each(['0', '-1', 'x', '1.5', {}])('refuses a count of %p', (count) => {
    expect(() => readPage({ cursor: '', count })).toThrow(
      expect.objectContaining({ scimType: 'invalidCount' }),
    );
  });

  it('is not a page by index as well', () => {
    expect(() => readPage({ cursor: '', startIndex: '1' })).toThrow(
      expect.objectContaining({ scimType: 'invalidValue' }),
    );
    expect(() => readPage({ cursor: 5 })).toThrow(expect.objectContaining({ scimType: 'invalidCursor' }));
  });
});

import { listResponse, readPage } from './paging';

describe('A page of a list (RFC 7644 §3.4.2.4)', () => {
  it.each<[string | undefined, string | undefined, number, number]>([
    [undefined, undefined, 1, 100],
    ['1', '2', 1, 2],
    ['0', '0', 1, 0],
    ['-5', '-5', 1, 0],
    ['101', '100000', 101, 200],
    ['99999999999999999999', '99999999999999999999', Number.MAX_SAFE_INTEGER, 200],
    ['', '', 1, 100],
    [' 2', ' 3', 2, 3], // `+3` in a query string
  ])('with startIndex %p and count %p starts at %p and holds up to %p', (startIndex, count, start, size) => {
    expect(readPage({ startIndex, count })).toEqual({ startIndex: start, count: size });
  });

  it('has the usual place and size where null says nothing', () => {
    expect(readPage({ startIndex: null, count: null, cursor: null })).toEqual({ startIndex: 1, count: 100 });
  });

  it.each(['x', '1.5', '1e3', '0x10', 'NaN', "1'", [5], true])('does not start at %p', (startIndex) => {
    expect(() => readPage({ startIndex })).toThrow(expect.objectContaining({ scimType: 'invalidValue' }));
  });
});

describe('A page by cursor (RFC 9865)', () => {
  it.each([
    [undefined, 100],
    ['', 100],
    ['1', 1],
    ['50', 50],
    [50, 50],
    [201, 200],
  ])('takes a count of %p', (count, size) => {
    expect(readPage({ cursor: '', count })).toEqual({ startIndex: 1, cursor: '', count: size });
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

describe('A list that is answered', () => {
  it('says by index where it starts, and by cursor where it goes on', () => {
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:ListResponse'];
    const [one, two] = [{ id: '1' }, { id: '2' }];
    expect(listResponse([one, two], { startIndex: 3 }, 7)).toEqual({
      ...{ schemas, totalResults: 7, startIndex: 3, itemsPerPage: 2, Resources: [one, two] },
    });
    const both = { nextCursor: 'n', previousCursor: 'p' };
    expect(listResponse([one], both, 7)).toEqual({
      ...{ schemas, totalResults: 7, itemsPerPage: 1, ...both, Resources: [one] },
    });
    expect(Object.keys(listResponse([], {}, 0))).toEqual([
      ...['schemas', 'totalResults', 'itemsPerPage', 'Resources'],
    ]);
  });
});

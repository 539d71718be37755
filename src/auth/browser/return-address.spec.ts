import { withParameters } from './return-address';

describe('The address an application is returned to', () => {
  it.each([
    ['https://app.test/cb', 'https://app.test/cb?code=c&state=s'],
    ['https://app.test', 'https://app.test?code=c&state=s'],
    ['https://app.test/cb?x=a%20b+c&y=', 'https://app.test/cb?x=a%20b+c&y=&code=c&state=s'],
    ['https://app.test/cb#tab', 'https://app.test/cb?code=c&state=s#tab'],
    ['myapp://cb', 'myapp://cb?code=c&state=s'],
  ])('keeps %s as it was written', (uri, expected) => {
    expect(withParameters(uri, { code: 'c', state: 's' })).toBe(expected);
  });

  it('carries values that nothing in them can break out of', () => {
    const address = new URL(withParameters('https://app.test/cb', { code: 'c', state: 'a&code=evil#x =+é' }));
    expect([...address.searchParams]).toEqual([
      ['code', 'c'],
      ['state', 'a&code=evil#x =+é'],
    ]);
  });

  it('leaves out what there is none of', () => {
    expect(withParameters('https://app.test/cb', { code: 'c', state: null })).toBe(
      'https://app.test/cb?code=c',
    );
  });
});

import { assertVersion, brokenBy, names, preconditionOf } from './precondition';

describe('A precondition (RFC 7644 §3.14)', () => {
  const holds = (headers: { ifMatch?: string; ifNoneMatch?: string }, version = 'W/"1"') => {
    try {
      assertVersion(preconditionOf(headers.ifMatch, headers.ifNoneMatch), version);
      return true;
    } catch {
      return false;
    }
  };

  it('is none where no header is there', () => {
    expect(preconditionOf()).toBeUndefined();
    expect(holds({})).toBe(true);
  });

  it('holds where both headers are there and both hold (RFC 9110 §13.2.2)', () => {
    expect(holds({ ifMatch: 'W/"1"', ifNoneMatch: 'W/"2"' })).toBe(true);
    expect(holds({ ifMatch: 'W/"1"', ifNoneMatch: 'W/"1"' })).toBe(false);
    expect(holds({ ifMatch: 'W/"2"', ifNoneMatch: 'W/"2"' })).toBe(false);
    expect(holds({ ifMatch: '*', ifNoneMatch: '*' })).toBe(false);
  });

  it('is broken by If-Match first: whoever reads is told that, and not that nothing changed', () => {
    expect(brokenBy('W/"1"', { ifMatch: '"2"', ifNoneMatch: '"1"' })).toBe('ifMatch');
    expect(brokenBy('W/"1"', { ifMatch: '"1"', ifNoneMatch: '"1"' })).toBe('ifNoneMatch');
    expect(brokenBy('W/"1"', { ifMatch: '"1"', ifNoneMatch: '"2"' })).toBeUndefined();
  });

  it.each([
    ['W/"1"', true],
    ['"1"', true],
    ['W/"2", "1"', true],
    [' ,"2",, W/"1" ,', true],
    ['*', true],
    [' * ', true],
    ['"2", *', false],
    ['"a, *, b"', false],
    ['"a, "1""', false],
    ['"2" "1"', false],
    ['none of "1"', false],
    ['w/"1"', false],
    ['W/"2"', false],
    ['1', false],
    ['', false],
  ])('%j, weakly compared, names the version or not', (header, isNamed) => {
    expect(names(header, 'W/"1"')).toBe(isNamed);
    expect(holds({ ifMatch: header })).toBe(isNamed);
    expect(holds({ ifNoneMatch: header })).toBe(!isNamed);
  });
});

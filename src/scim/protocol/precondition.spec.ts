import { assertVersion, names, preconditionOf } from './precondition';

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

  it('is that of If-Match when both are there', () => {
    expect(holds({ ifMatch: 'W/"1"', ifNoneMatch: 'W/"1"' })).toBe(true);
    expect(holds({ ifMatch: 'W/"2"', ifNoneMatch: 'W/"2"' })).toBe(false);
  });

  it('holds for no version where If-Match only looks like If-None-Match', () => {
    expect(holds({ ifMatch: 'none of W/"2"' })).toBe(false);
  });

  it.each([
    ['W/"1"', true],
    ['"1"', true],
    ['W/"2", "1"', true],
    ['*', true],
    ['W/"2"', false],
    ['1', false],
    ['', false],
  ])('%j, weakly compared, names the version or not', (header, isNamed) => {
    expect(names(header, 'W/"1"')).toBe(isNamed);
    expect(holds({ ifMatch: header })).toBe(isNamed);
    expect(holds({ ifNoneMatch: header })).toBe(!isNamed);
  });
});

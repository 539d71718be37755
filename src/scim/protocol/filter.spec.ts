import { FilterSyntaxError, MAX_FILTER_LENGTH, parseFilter } from './filter';

const compare = (attribute: string, operator: string, literal: unknown) => ({
  kind: 'compare',
  name: { attribute },
  operator,
  literal,
});

describe('A SCIM filter (RFC 7644 §3.4.2.2)', () => {
  it.each([
    ['userName eq "ada"', compare('userName', 'eq', 'ada')],
    ['userName Eq "ada"', compare('userName', 'eq', 'ada')],
    ['  userName   eq   "ada"  ', compare('userName', 'eq', 'ada')],
    ['active eq true', compare('active', 'eq', true)],
    ['active eq False', compare('active', 'eq', false)],
    ['age ge -12.5e2', compare('age', 'ge', -1250)],
    ['title eq null', compare('title', 'eq', null)],
    ['title pr', { kind: 'present', name: { attribute: 'title' } }],
  ])('reads %s', (text, filter) => {
    expect(parseFilter(text)).toEqual(filter);
  });

  it('reads strings as JSON does: escaped quotes, dots, brackets and operators inside are text', () => {
    expect(parseFilter('a eq "x\\"y\\u00e9 and (b.c] or \\\\"')).toEqual(
      compare('a', 'eq', 'x"yé and (b.c] or \\'),
    );
  });

  it('takes a name apart into URN, attribute and sub-attribute', () => {
    const urn = 'urn:ietf:params:scim:schemas:core:2.0:User';
    expect(parseFilter(`${urn}:name.familyName co "O'Malley"`)).toEqual({
      ...compare('name', 'co', "O'Malley"),
      name: { schema: urn, attribute: 'name', sub: 'familyName' },
    });
  });

  it('binds not before and, and before or, and parentheses before all', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => compare(name, 'eq', 1));
    expect(parseFilter('a eq 1 or b eq 1 and c eq 1')).toEqual({
      kind: 'or',
      terms: [a, { kind: 'and', terms: [b, c] }],
    });
    expect(parseFilter('(a eq 1 OR b eq 1) And c eq 1')).toEqual({
      kind: 'and',
      terms: [{ kind: 'or', terms: [a, b] }, c],
    });
    expect(parseFilter('not (a eq 1) and b eq 1')).toEqual({
      kind: 'and',
      terms: [{ kind: 'not', term: a }, b],
    });
    expect(parseFilter('not(a eq 1 or b eq 1)')).toEqual({
      kind: 'not',
      term: { kind: 'or', terms: [a, b] },
    });
  });

  it('reads attributes that are called like keywords', () => {
    expect(parseFilter('not eq "x" and and eq "y"')).toEqual({
      kind: 'and',
      terms: [compare('not', 'eq', 'x'), compare('and', 'eq', 'y')],
    });
  });

  it('reads value paths, also with a sub-attribute behind: one element satisfies both', () => {
    const work = compare('type', 'eq', 'work');
    expect(parseFilter('emails[type eq "work"]')).toEqual({
      kind: 'values',
      name: { attribute: 'emails' },
      filter: work,
    });
    expect(parseFilter('emails[type eq "work"].value eq "a@b.c"')).toEqual({
      kind: 'values',
      name: { attribute: 'emails' },
      filter: { kind: 'and', terms: [work, compare('value', 'eq', 'a@b.c')] },
    });
  });

  it.each([
    '',
    ' ',
    'userName',
    'userName eq',
    'userName eq ada',
    "userName eq 'ada'",
    'userName eq "ada',
    'userName eq "a\\x"',
    'userName is "ada"',
    'eq "ada"',
    'userName eq "ada" and',
    'userName eq "ada" or or active eq true',
    'userName eq "a" userName eq "b"',
    '(userName eq "a"',
    'userName eq "a")',
    'not userName eq "a"',
    'emails[type eq "work"',
    'emails[]',
    'emails.type[value eq "x"]',
    'a..b eq 1',
    'a.b.c eq 1',
    'a. eq 1',
    'urn: eq 1',
    'a eq 01',
    'a eq 1x',
    '"a" eq "a"',
    'userName eq "x"; drop table members',
  ])('refuses %j', (text) => {
    expect(() => parseFilter(text)).toThrow(FilterSyntaxError);
  });

  it('says at which character it stopped making sense', () => {
    expect(() => parseFilter('a is 1')).toThrow('(at character 5)');
  });

  it('is capped in length, depth and number of terms', () => {
    const at = (depth: number) => `${'('.repeat(depth)}a pr${')'.repeat(depth)}`;
    const terms = (count: number) => Array(count).fill('a pr').join(' or ');
    const long = (length: number) => `a eq "${'x'.repeat(length - 'a eq ""'.length)}"`;
    expect(() => parseFilter(long(MAX_FILTER_LENGTH))).not.toThrow();
    expect(() => parseFilter(long(MAX_FILTER_LENGTH + 1))).toThrow(FilterSyntaxError);
    expect(() => parseFilter(at(32))).not.toThrow();
    expect(() => parseFilter(at(33))).toThrow(FilterSyntaxError);
    // Side by side is not within each other.
    expect(() => parseFilter(Array(20).fill('a[(b pr)]').join(' or '))).not.toThrow();
    expect(() => parseFilter(terms(64))).not.toThrow();
    expect(() => parseFilter(terms(65))).toThrow(FilterSyntaxError);
  });

  it('takes no more steps than it has characters, however it is shaped', () => {
    for (const part of ['(', 'not(', 'a[', '"\\', 'a.', 'a eq "', '- ', 'a:', 'a pr or ', ' ']) {
      const text = part.repeat(MAX_FILTER_LENGTH / part.length);
      const { failure, steps } = stepsOf(text);
      expect(failure).toBeInstanceOf(FilterSyntaxError);
      expect(steps).toBeLessThan(text.length);
    }
  });

  /** How often the parser tries a pattern: each tells its alternatives apart by the next character, so it reads once. */
  function stepsOf(text: string): { failure: unknown; steps: number } {
    const tries = jest.spyOn(RegExp.prototype, 'exec');
    let failure: unknown;
    try {
      parseFilter(text);
    } catch (thrown) {
      failure = thrown;
    }
    const steps = tries.mock.calls.length;
    tries.mockRestore();
    return { failure, steps };
  }
});

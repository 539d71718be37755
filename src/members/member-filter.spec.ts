import { BadRequest } from '../http/problems';
import { readMemberFilter } from './member-filter';

describe('A filter of members', () => {
  it('compares one field with one value, whatever the case of either', () => {
    expect(readMemberFilter('Email EQ "Ada@Acme.test"')).toEqual({
      sql: '(((member.email collate "C") = :filter0))',
      parameters: { filter0: 'ada@acme.test' },
    });
  });

  it('joins comparisons, and binding tighter than or', () => {
    const { sql, parameters } = readMemberFilter(
      'role eq "admin" and status eq "removed" or source ne "scim" and email sw "a"',
    );
    expect(sql).toMatch(/^\(\(.*:filter0 and .*:filter1\) or \(.*:filter2 and .*:filter3\)*$/);
    expect(parameters).toEqual({ filter0: 'admin', filter1: 'removed', filter2: 'scim', filter3: 'a' });
  });

  it('never takes a value for SQL', () => {
    const { sql, parameters } = readMemberFilter(String.raw`email co "\"') or true --"`);
    expect(sql).toBe('((strpos(member.email collate "C", :filter0) > 0))');
    expect(parameters).toEqual({ filter0: `"') or true --` });
  });

  it.each([
    '',
    '   ',
    'email',
    'email eq',
    'email eq ada',
    'email eq "ada" and',
    'email eq "ada" xor role eq "admin"',
    'email eq "ada',
    'email eq "a\u0000"',
    'email eq "a\nb"',
    String.raw`email eq "\u0000"`,
    'email = "ada"',
    'password eq "x"',
    'constructor eq "x"',
    'role eq "owner"',
    'status eq "gone"',
    'email gt "a"',
    '(email eq "a")',
    Array.from({ length: 21 }, () => 'email eq "a"').join(' or '),
  ])('refuses %p', (text) => {
    expect(() => readMemberFilter(text)).toThrow(BadRequest);
  });
});

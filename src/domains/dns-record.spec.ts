import { dnsRecordOf, issueToken, proves } from './dns-record';

describe('The record that proves a domain', () => {
  const record = dnsRecordOf('acme.test', 'f00d');

  it('stands at a name of its own below the domain', () => {
    expect(record).toEqual({
      type: 'TXT',
      name: '_gatehouse.acme.test',
      value: 'gatehouse-domain-verification=f00d',
    });
  });

  it('is found among others, also with the quotes and blanks of a DNS console', () => {
    expect(proves(['v=spf1 -all', 'gatehouse-domain-verification=f00d'], record)).toBe(true);
    expect(proves(['"gatehouse-domain-verification=f00d" '], record)).toBe(true);
  });

  it.each([
    [],
    ['gatehouse-domain-verification=f00'],
    ['not gatehouse-domain-verification=f00d yet'],
    ['gatehouse-domain-verification=F00D'],
    ['f00d'],
  ])('is not %p', (...found: string[]) => expect(proves(found, record)).toBe(false));

  it('carries a token that nobody guesses and no two domains share', () => {
    expect(issueToken()).toMatch(/^[0-9a-f]{32}$/);
    expect(issueToken()).not.toBe(issueToken());
  });
});

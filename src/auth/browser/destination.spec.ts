import { consoleDestination, towards } from './destination';

describe('The page that a sign-in leads to', () => {
  it.each([
    '/console/members',
    '/console/settings?done=name',
    '/console/sso/connections/019ab000-0000-7000-8000-00000000aaaa',
    '/console/audit?text=%D0%96+x&from=2030-01-31&type=auth.login_failed',
    '/console/members?search=ada@acme.test&back=https://evil.test/',
  ])('may be %s', (page) => {
    expect(consoleDestination(page)).toBe(page);
  });

  it.each([
    ['another host', 'https://evil.test/console/members'],
    ['another host without its scheme', '//evil.test/console/members'],
    ['what browsers read as one', '/\\evil.test/console/members'],
    ['a backslash further on', '/console\\@evil.test'],
    ['two slashes further on', '/console//evil.test'],
    ['an encoded slash', '/%2Fevil.test/console/members'],
    ['an encoded slash further on', '/console/%2F%2Fevil.test'],
    ['an encoded backslash', '/%5Cevil.test'],
    ['a user of another host', '/console@evil.test/x'],
    ['a longer name', '/console.evil.test/x'],
    ['the way up', '/console/../v1/auth/logout'],
    ['the way up, encoded', '/console/%2e%2e/login'],
    ['the end of a header', '/console/members\r\nset-cookie: a=b'],
    ['a tab, which browsers leave out', '/\t/evil.test'],
    ['a line that follows', '/console/members\n'],
    ['a blank before it', ' /console/members'],
    ['letters beyond ASCII', '/console/members?search=Ж'],
    ['a fragment', '/console/members#x'],
    ['a script', 'javascript:alert(1)//console/x'],
    ['another part of the service', '/v1/members'],
    ['the beginning of the console', '/console'],
    ['nothing', ''],
    ['something too long for a cookie', `/console/members?search=${'a'.repeat(1024)}`],
    ['several', ['/console/members', '/console/members']],
    ['none', undefined],
  ])('is never %s', (_, page) => {
    expect(consoleDestination(page)).toBeUndefined();
  });

  it('is carried by an address so that nothing in it breaks out', () => {
    const address = new URL(towards('https://a.test/login?x=1', '/console/audit?text=a%26b&destination=c'));
    expect([...address.searchParams]).toEqual([
      ['x', '1'],
      ['destination', '/console/audit?text=a%26b&destination=c'],
    ]);
  });
});

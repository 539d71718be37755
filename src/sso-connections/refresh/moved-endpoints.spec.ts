import { exposedEndpoint, movedEndpoint } from './moved-endpoints';

describe('An endpoint that a provider names anew', () => {
  const known = ['https://login.acme.example/sso', null, undefined, 'https://idp.acme.co.uk/slo'];
  const movedTo = (url: string) => movedEndpoint(known, { ssoUrl: url })?.url;

  it.each([
    ['at the same host', 'https://login.acme.example/other'],
    ['at another host of the same domain', 'https://eu.sso.acme.example/sso'],
    ['at the domain of another endpoint', 'https://acme.co.uk/sso'],
    ['by another scheme or port', 'http://acme.example:8080/sso'],
  ])('may be %s', (_, url) => {
    expect(movedTo(url)).toBeUndefined();
  });

  it.each([
    ['at another domain', 'https://acme.test/sso'],
    ['at one that only ends like a known one', 'https://evilacme.example/sso'],
    ['below the same public suffix', 'https://evil.co.uk/sso'],
    ['at a known domain below another one', 'https://acme.example.evil.test/sso'],
    ['at a known domain as the name of a user', 'https://acme.example@evil.test/sso'],
    ['at an address', 'https://192.0.2.1/sso'],
  ])('has moved when it is %s', (_, url) => {
    expect(movedTo(url)).toBe(url);
  });

  it('has moved from one customer of a host for many to another', () => {
    const hosted = ['https://acme.github.io/sso'];
    expect(movedEndpoint(hosted, { ssoUrl: 'https://evil.github.io/sso' })).toBeDefined();
    expect(movedEndpoint(['https://192.0.2.1/sso'], { ssoUrl: 'https://192.0.2.2/sso' })).toBeDefined();
  });

  it('is told by its name, and counts only where there is one', () => {
    const now = { ssoUrl: known[0], sloUrl: 'https://evil.test/slo' };
    expect(movedEndpoint(known, now)).toEqual({ name: 'sloUrl', url: 'https://evil.test/slo' });
    expect(movedEndpoint(known, { ssoUrl: known[0], sloUrl: null })).toBeUndefined();
  });

  it('is exposed when it gives up https, which all had', () => {
    const plain = { ssoUrl: 'http://login.acme.example/sso' };
    expect(exposedEndpoint(known, plain)).toEqual({ name: 'ssoUrl', url: plain.ssoUrl });
    expect(exposedEndpoint([...known, 'http://idp.acme.example/slo'], plain)).toBeUndefined();
    expect(exposedEndpoint(known, { ssoUrl: known[0], sloUrl: null })).toBeUndefined();
  });
});

import { applicationOf, isSignInFor, signInFor } from './application-return';

const URI = 'https://app.acme.test/back?a=1&b=%20#top';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

describe('The address of the sign-in for an application', () => {
  it.each([
    { redirectUri: URI },
    { redirectUri: URI, state: '' },
    { redirectUri: URI, state: "a b&c=d?é'()*!~漢" },
    { redirectUri: URI, codeChallenge: CHALLENGE },
    { redirectUri: 'com.acme.app:/back', state: 'x', codeChallenge: CHALLENGE },
  ])('says all that the application asked for: %j', (asked) => {
    expect(applicationOf(signInFor(asked))).toEqual({
      redirectUri: asked.redirectUri,
      appState: asked.state ?? null,
      codeChallenge: asked.codeChallenge ?? null,
    });
  });

  it.each([
    '/login',
    '/login?redirectUri=',
    '/login?redirectUri=https://app.acme.test/',
    '/login?state=x&redirectUri=https%3A%2F%2Fapp.acme.test',
    '/login?redirectUri=a&redirectUri=b',
    '/login?redirectUri=a&codeChallenge=short',
    '/login?redirectUri=a&x=y',
    '/login?redirectUri=a#b',
    '/login?redirectUri=a\r\nset-cookie: a=b',
    '//evil.test/login?redirectUri=a',
    'https://evil.test/login?redirectUri=a',
    `/login?redirectUri=a&state=${'x'.repeat(2_048)}`,
  ])('has one spelling, and %p is not it', (text) => {
    expect(isSignInFor(text)).toBe(false);
    expect(applicationOf(text)).toBeUndefined();
  });
});

import { checkLogout, logoutIssuersOf, logoutRefusalOf } from './logout-checks';
import type { LogoutFacts } from './logout-facts';

const NOW = new Date('2026-11-22T12:00:00Z');
const ISSUER = 'https://idp.acme.test';
const SLO_URL = 'https://gatehouse.test/sso/saml/1/slo';

const REQUEST: LogoutFacts = {
  ...{ kind: 'LogoutRequest', id: '_1', version: '2.0', issuer: ISSUER, destination: SLO_URL },
  ...{ issueInstant: NOW.toISOString(), notOnOrAfter: undefined, nameId: 'ada@acme.test' },
  ...{ encryptedId: undefined, sessionIndexes: [], inResponseTo: undefined, status: [] },
};

/** The code that a request so changed is refused with. */
const refusal = (changes: Partial<LogoutFacts> = {}) =>
  logoutRefusalOf(checkLogout({ ...REQUEST, ...changes }, { idpEntityId: ISSUER, sloUrl: SLO_URL, now: NOW }))
    ?.code;

const secondsFromNow = (seconds: number) => new Date(NOW.getTime() + seconds * 1000).toISOString();

describe('A request to log out', () => {
  it('is taken as it is in the standard', () => expect(refusal()).toBeUndefined());

  it.each([
    [-661, 'saml_logout_issue_instant_invalid'],
    [-660, undefined],
    [60, undefined],
    [61, 'saml_logout_issue_instant_invalid'],
  ])('counts for ten minutes and the skew of clocks: issued %d seconds from now', (seconds, code) => {
    expect(refusal({ issueInstant: secondsFromNow(seconds) })).toBe(code);
  });

  it.each([undefined, '', 'yesterday', '2026-11-22'])('says when it was issued: not %p', (issueInstant) => {
    expect(refusal({ issueInstant })).toBe('saml_logout_issue_instant_invalid');
  });

  it.each([
    [-60, 'saml_logout_expired'],
    [-59, undefined],
    [300, undefined],
  ])('may say until when it counts, within the skew of clocks: %d seconds from now', (seconds, code) => {
    expect(refusal({ notOnOrAfter: secondsFromNow(seconds) })).toBe(code);
  });

  it('counts for no longer when nobody can read until when', () => {
    expect(refusal({ notOnOrAfter: 'tomorrow' })).toBe('saml_logout_expired');
  });

  it.each([
    ['x'.repeat(256), undefined],
    ['x'.repeat(257), 'saml_logout_id_invalid'],
    ['', 'saml_logout_id_invalid'],
    [undefined, 'saml_logout_id_invalid'],
  ])('has an ID that can be written down', (id, code) => expect(refusal({ id })).toBe(code));

  it.each(['', ' \n', undefined])('names somebody: not %p', (nameId) => {
    expect(refusal({ nameId })).toBe('saml_logout_name_id_missing');
  });
});

describe('The issuer of messages about logging out', () => {
  it('is the identity provider, for a tenant of Entra ID also under its other name', () => {
    const tenant = '0f5c5a5e-4e0a-4a1f-9a55-3c1f3b9a7d10';
    expect(logoutIssuersOf(ISSUER)).toEqual([ISSUER]);
    expect(logoutIssuersOf(`https://sts.windows.net/${tenant}/`)).toEqual([
      `https://sts.windows.net/${tenant}/`,
      `https://login.microsoftonline.com/${tenant}/`,
    ]);
  });

  it.each([
    'https://sts.windows.net/0f5c5a5e-4e0a-4a1f-9a55-3c1f3b9a7d10/more',
    'https://sts.windows.net/x/',
  ])('has no other name at %s', (entityId) => expect(logoutIssuersOf(entityId)).toEqual([entityId]));
});

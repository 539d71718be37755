import { createHash } from 'node:crypto';
import { headerOf, signedToken, testKey } from '../../test/support/oidc-tokens';
import { MICROSOFT_CONSUMERS } from './jwt-claim-rules';
import { judgeJwt, type JwtContexts, type JwtFault, type JwtKind } from './jwt-verifier';
import { VerificationKeys } from './verification-keys';

const now = new Date('2030-01-01T12:00:00Z');
const seconds = now.getTime() / 1000;
const key = testKey('RS256', 'rsa');
const base = {
  keys: VerificationKeys.read({ keys: [key.publicJwk] })!,
  issuer: 'https://idp.example',
  audience: 'client-1',
  now,
};
const claims = {
  iss: base.issuer,
  aud: base.audience,
  sub: 'ada',
  iat: seconds,
  exp: seconds + 300,
  jti: '1',
};
const LOGOUT = 'http://schemas.openid.net/event/backchannel-logout';
const REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked';

/** What each kind of token is refused for; undefined for a good one. Its rows say the same. */
function faultOf<K extends JwtKind>(kind: K, token: string, context: JwtContexts[K]): JwtFault | undefined {
  const { refusal, findings, claims: found } = judgeJwt(kind, token, context);
  expect(findings.find(({ ok }) => !ok)?.fault).toBe(refusal?.fault);
  expect(found === undefined).toBe(refusal !== undefined);
  return refusal?.fault;
}

describe('The claims of an ID token', () => {
  const context = { ...base, nonce: 'n-1' };
  const fault = (changes: object, asked: Partial<JwtContexts['id_token']> = {}) =>
    faultOf('id_token', signedToken(key, { ...claims, nonce: 'n-1', ...changes }), { ...context, ...asked });

  it.each<[string, object, JwtFault | undefined]>([
    ['ended a second less than a minute ago', { exp: seconds - 59 }, undefined],
    ['ended a minute ago', { exp: seconds - 60 }, 'expired'],
    ['was issued in a minute', { iat: seconds + 60 }, undefined],
    ['was issued in a minute and a second', { iat: seconds + 61 }, 'issued_in_future'],
    ['was issued eleven minutes ago', { iat: seconds - 660 }, undefined],
    ['was issued eleven minutes and a second ago', { iat: seconds - 661 }, 'too_old'],
    ['begins in a minute', { nbf: seconds + 60 }, undefined],
    ['begins in a minute and a second', { nbf: seconds + 61 }, 'not_yet_valid'],
    ['has a session that lasts a second', { session_expiry: seconds + 1 }, undefined],
    ['has a session that ends now', { session_expiry: seconds }, 'session_over'],
    ['has a session that ends in words', { session_expiry: 'soon' }, 'claim_invalid'],
    ['has an iat of zero', { iat: 0 }, 'claim_invalid'],
    ['has an exp beyond the numbers there are', { exp: Number.MAX_SAFE_INTEGER + 1 }, 'claim_invalid'],
    ['has an exp at the end of the numbers there are', { exp: Number.MAX_SAFE_INTEGER }, undefined],
    ['comes from an organisation at Microsoft', { tid: '2c1f0e3a-1111-2222-3333-444455556666' }, undefined],
    ['comes from a private account at Microsoft', { tid: MICROSOFT_CONSUMERS }, 'tenant_mismatch'],
    [
      'comes from a private account, in capitals',
      { tid: MICROSOFT_CONSUMERS.toUpperCase() },
      'tenant_mismatch',
    ],
  ])('are judged when it %s', (_, changes, expected) => {
    expect(fault(changes)).toBe(expected);
  });

  it('name the access token that came along, if they name one', () => {
    const hash = (token: string) =>
      createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url');
    const accessToken = 'at-1';
    expect(fault({ at_hash: hash('at-1') }, { accessToken })).toBeUndefined();
    expect(fault({}, { accessToken })).toBeUndefined();
    expect(fault({ at_hash: hash('at-2') })).toBeUndefined();
    expect(fault({ at_hash: hash('at-2') }, { accessToken })).toBe('at_hash_mismatch');
    expect(fault({ at_hash: '' }, { accessToken })).toBe('at_hash_mismatch');
    expect(fault({ at_hash: null }, { accessToken })).toBe('at_hash_mismatch');
  });

  it('name it by SHA-512 where EdDSA signs, and by the hash of the algorithm elsewhere', () => {
    for (const [alg, hash] of [
      ['EdDSA', 'sha512'],
      ['ES384', 'sha384'],
    ] as const) {
      const signer = testKey(alg, 'k');
      const digest = createHash(hash).update('at-1').digest();
      const at_hash = digest.subarray(0, digest.length / 2).toString('base64url');
      const keys = VerificationKeys.read({ keys: [signer.publicJwk] })!;
      const token = signedToken(signer, { ...claims, nonce: 'n-1', at_hash });
      expect(faultOf('id_token', token, { ...context, keys, accessToken: 'at-1' })).toBeUndefined();
      expect(faultOf('id_token', token, { ...context, keys, accessToken: 'at-2' })).toBe('at_hash_mismatch');
    }
  });

  it('say that the person showed who they are, where that was asked for', () => {
    const authenticatedSince = new Date(now.getTime() - 600_000);
    const since = (auth_time: unknown) => fault({ auth_time }, { authenticatedSince });
    expect(since(seconds - 600)).toBeUndefined();
    expect(since(seconds - 660)).toBeUndefined();
    expect(since(seconds - 661)).toBe('auth_time_too_old');
    expect(since(undefined)).toBe('auth_time_missing');
    expect(since('now')).toBe('claim_invalid');
    expect(fault({ auth_time: 1 })).toBeUndefined();
  });

  it('say how, where that was asked for', () => {
    const acrValues = ['urn:mfa', 'urn:phrh'];
    expect(fault({ acr: 'urn:phrh' }, { acrValues })).toBeUndefined();
    for (const acr of ['urn:pwd', 'urn', undefined, ['urn:mfa']])
      expect(fault({ acr }, { acrValues })).toBe('acr_mismatch');
    expect(fault({ acr: 'urn:pwd' })).toBeUndefined();
  });

  it('name the tenant and the domain that were asked for, in any case', () => {
    const tenantId = 'AB1f0e3a-1111-2222-3333-444455556666';
    expect(fault({ tid: tenantId.toLowerCase() }, { tenantId })).toBeUndefined();
    for (const tid of ['2c1f0e3a-1111-2222-3333-444455556666', undefined, [tenantId]])
      expect(fault({ tid }, { tenantId })).toBe('tenant_mismatch');
    const hostedDomain = 'acme.test';
    expect(fault({ hd: 'ACME.test' }, { hostedDomain })).toBeUndefined();
    for (const hd of ['evil.test', undefined, ['acme.test']])
      expect(fault({ hd }, { hostedDomain })).toBe('hosted_domain_mismatch');
    expect(fault({ hd: 'evil.test' })).toBeUndefined();
  });

  it('name the issuer as it is written, with the tenant in it, or as it is known to spell itself', () => {
    const issuer = 'https://login.example/{tenantid}/v2.0';
    const tid = '2c1f0e3a-AAAA-2222-3333-444455556666';
    const of = (tenant: string) => `https://login.example/${tenant}/v2.0`;
    expect(fault({ iss: of(tid), tid }, { issuer })).toBeUndefined();
    for (const wrong of [`${tid}0`, `0${tid}`, '../x', '2c1f0e3a-1111-2222-444455556666'])
      expect(fault({ iss: of(wrong), tid: wrong }, { issuer })).toBe('issuer_mismatch');
    expect(fault({ iss: of('2c1f0e3a-1111-2222-3333-444455556666'), tid }, { issuer })).toBe(
      'issuer_mismatch',
    );
    const otherIssuers = ['idp.example'];
    expect(fault({ iss: 'idp.example' }, { otherIssuers })).toBeUndefined();
    expect(fault({ iss: 'idp.example' })).toBe('issuer_mismatch');
  });

  it('are explained without giving the nonce away', () => {
    const shown = (nonce: unknown) =>
      judgeJwt('id_token', signedToken(key, { ...claims, nonce }), context).findings.find(
        ({ id }) => id === 'nonce',
      )?.received;
    expect(shown('n-1')).toBe('the one that was sent');
    expect(shown('n-2')).toBe('another');
    expect(shown(undefined)).toBe('absent');
  });

  it('are all judged after the first fault, and none where nobody signed them', () => {
    const token = signedToken(key, { ...claims, aud: 'client-2', nonce: 'n-2' });
    const { findings, signed, refusal } = judgeJwt('id_token', token, context);
    expect(findings.filter(({ ok }) => !ok).map(({ id }) => id)).toEqual(['aud', 'nonce']);
    expect(refusal?.fault).toBe('audience_mismatch');
    expect(signed).toMatchObject({ sub: 'ada' });
    const forged = judgeJwt('id_token', signedToken(testKey('RS256', 'rsa'), claims), context);
    expect(forged).toMatchObject({
      signed: undefined,
      claims: undefined,
      findings: [{ id: 'signature', ok: false }],
    });
  });
});

describe('The claims of a logout token', () => {
  const events = { [LOGOUT]: {} };
  const fault = (changes: object, header = {}) =>
    faultOf('logout_token', signedToken(key, { ...claims, events, ...changes }, headerOf(key, header)), base);

  it.each<[string, object, JwtFault | undefined]>([
    ['names a person', {}, undefined],
    ['names a session', { sub: undefined, sid: 's' }, undefined],
    ['names both', { sid: 's' }, undefined],
    ['names nobody', { sub: undefined }, 'subject_or_session_missing'],
    ['names a person by number', { sub: 7 }, 'subject_invalid'],
    ['names a person by nothing', { sub: '' }, 'subject_invalid'],
    ['names a session by number', { sid: 7 }, 'claim_invalid'],
    ['names a session by nothing', { sid: '' }, 'claim_invalid'],
    ['has a nonce', { nonce: 'n' }, 'nonce_present'],
    ['has a nonce that is null', { nonce: null }, 'nonce_present'],
    ['has no events', { events: undefined }, 'event_missing'],
    ['has the event in a list', { events: [LOGOUT] }, 'event_missing'],
    ['has another event', { events: { [REVOKED]: {} } }, 'event_missing'],
    ['has an event that is a text', { events: { [LOGOUT]: 'yes' } }, 'event_missing'],
    ['has an event that is a list', { events: { [LOGOUT]: [] } }, 'event_missing'],
    ['has no jti', { jti: undefined }, 'claim_missing'],
    ['has an empty jti', { jti: '' }, 'claim_invalid'],
    ['was issued three minutes ago', { iat: seconds - 180 }, undefined],
    ['was issued three minutes and a second ago', { iat: seconds - 181 }, 'too_old'],
    ['ended less than a minute ago', { exp: seconds - 59 }, undefined],
    ['ended a minute ago', { exp: seconds - 60 }, 'expired'],
    ['has no end', { exp: undefined }, 'claim_missing'],
    ['is for somebody else', { aud: 'client-2' }, 'audience_mismatch'],
    ['is of another issuer', { iss: 'https://evil.example' }, 'issuer_mismatch'],
  ])('are judged when it %s', (_, changes, expected) => {
    expect(fault(changes)).toBe(expected);
  });

  it('go with the types that it may have', () => {
    for (const typ of ['JWT', 'logout+jwt', 'LOGOUT+JWT', undefined])
      expect(fault({}, { typ })).toBeUndefined();
    for (const typ of ['secevent+jwt', 'at+jwt']) expect(fault({}, { typ })).toBe('type_refused');
  });
});

describe('The claims of a security event token', () => {
  const events = { [REVOKED]: {} };
  const fault = (changes: object, typ = 'secevent+jwt') => {
    const said = { ...claims, exp: undefined, events, ...changes };
    return faultOf('security_event_token', signedToken(key, said, headerOf(key, { typ })), base);
  };

  it.each<[string, object, JwtFault | undefined]>([
    ['tells of an event', {}, undefined],
    ['tells of none', { events: {} }, 'event_missing'],
    ['tells of events in a list', { events: [{}] }, 'event_missing'],
    ['tells of an event in words', { events: { ...events, 'urn:x': 'yes' } }, 'event_missing'],
    ['ends', { exp: seconds + 300 }, 'claim_invalid'],
    ['has a nonce', { nonce: 'n' }, 'nonce_present'],
    ['has no jti', { jti: undefined }, 'claim_missing'],
    ['is a week and a minute old', { iat: seconds - 604_860 }, undefined],
    ['is a second older', { iat: seconds - 604_861 }, 'too_old'],
    ['is for somebody else', { aud: 'client-2' }, 'audience_mismatch'],
    ['is of another issuer', { iss: 'https://evil.example' }, 'issuer_mismatch'],
    ['begins in a minute and a second', { nbf: seconds + 61 }, 'not_yet_valid'],
  ])('are judged when it %s', (_, changes, expected) => {
    expect(fault(changes)).toBe(expected);
  });

  it('go with no other type', () => {
    for (const typ of ['JWT', 'logout+jwt', 'global-token-revocation+jwt'])
      expect(fault({}, typ)).toBe('type_refused');
  });
});

describe('The claims of a token that asks for a revocation', () => {
  const fault = (changes: object, typ = 'global-token-revocation+jwt') =>
    faultOf('revocation_token', signedToken(key, { ...claims, ...changes }, headerOf(key, { typ })), base);

  it.each<[string, object, JwtFault | undefined]>([
    ['is in order', {}, undefined],
    ['was issued six minutes ago', { iat: seconds - 360 }, undefined],
    ['was issued six minutes and a second ago', { iat: seconds - 361 }, 'too_old'],
    ['ended less than a minute ago', { exp: seconds - 59 }, undefined],
    ['ended a minute ago', { exp: seconds - 60 }, 'expired'],
    ['has no jti', { jti: undefined }, 'claim_missing'],
    ['is about nobody', { sub: undefined }, 'claim_missing'],
  ])('are judged when it %s', (_, changes, expected) => {
    expect(fault(changes)).toBe(expected);
  });

  it('go with no other type', () => {
    for (const typ of ['JWT', 'secevent+jwt']) expect(fault({}, typ)).toBe('type_refused');
  });
});

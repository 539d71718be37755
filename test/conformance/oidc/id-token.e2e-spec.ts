import { createPublicKey } from 'node:crypto';
import type { Claims, OidcTestProvider } from '../../support/oidc-provider';
import { APPLICATION, OidcScene } from '../../support/oidc-sign-in';
import { base64url, headerOf, hmacToken, signedToken, testKey } from '../../support/oidc-tokens';

type MakeToken = (claims: Claims, idp: OidcTestProvider) => unknown;

const stranger = testKey('RS256', 'stranger');
const impostor = testKey('RS256', 'current');
const weak = testKey('RS256', 'weak', { modulusLength: 1024 });

const withClaims =
  (changes: Claims): MakeToken =>
  (claims, { key }) =>
    signedToken(key, { ...claims, ...changes });
const without =
  (name: string): MakeToken =>
  (claims, { key }) =>
    signedToken(key, { ...claims, [name]: undefined });
const withHeader =
  (more: object): MakeToken =>
  (claims, { key }) =>
    signedToken(key, claims, headerOf(key, more));
const withText =
  (from: string | RegExp, to: string): MakeToken =>
  (claims, { key }) =>
    signedToken(key, JSON.stringify(claims).replace(from, to));
const seconds = () => Math.floor(Date.now() / 1000);

/** OpenID Connect Core 1.0 section 3.1.3.7 and RFC 8725. */
const WRONG: [code: string, what: string, make: MakeToken][] = [
  ['id_token_algorithm_refused', 'alg none', (c) => `${base64url({ alg: 'none' })}.${base64url(c)}.`],
  [
    'id_token_algorithm_refused',
    'an HMAC keyed with the public key',
    (claims, { key }) =>
      hmacToken(
        createPublicKey(key.privateKey).export({ type: 'spki', format: 'pem' }),
        { alg: 'HS256', kid: key.kid },
        claims,
      ),
  ],
  [
    'id_token_algorithm_refused',
    'an HMAC keyed with the client secret',
    (claims, { clientSecret }) => hmacToken(clientSecret, { alg: 'HS256', kid: 'current' }, claims),
  ],
  [
    'id_token_signature_invalid',
    'a signature by another key of the same name',
    (c) => signedToken(impostor, c),
  ],
  [
    'id_token_signature_invalid',
    'a payload changed after signing',
    (claims, { key }) => {
      const [header, , signature] = signedToken(key, claims).split('.');
      return `${header}.${base64url({ ...claims, sub: 'eve' })}.${signature}`;
    },
  ],
  ['id_token_key_unknown', 'an unknown kid', (claims) => signedToken(stranger, claims)],
  ['id_token_key_unknown', 'a key of 1024 bits', (claims) => signedToken(weak, claims)],
  ['id_token_key_id_missing', 'no kid', (claims, { key }) => signedToken(key, claims, { alg: 'RS256' })],
  [
    'id_token_key_mismatch',
    'PS256 with a key published for RS256',
    (claims, { key }) => signedToken({ ...key, alg: 'PS256' }, claims),
  ],
  [
    'id_token_header_refused',
    'an embedded jwk',
    (claims) => signedToken(stranger, claims, headerOf(stranger, { jwk: stranger.publicJwk })),
  ],
  ['id_token_header_refused', 'a jku', withHeader({ jku: 'http://127.0.0.1/jwks' })],
  ['id_token_header_refused', 'an x5u', withHeader({ x5u: 'http://127.0.0.1/cert' })],
  ['id_token_header_refused', 'a crit', withHeader({ crit: ['b64'], b64: false })],
  ['id_token_type_refused', 'the typ of an access token', withHeader({ typ: 'at+jwt' })],
  ['id_token_type_refused', 'the typ of a logout token', withHeader({ typ: 'logout+jwt' })],
  ['id_token_issuer_mismatch', 'another issuer', withClaims({ iss: 'https://evil.example' })],
  [
    'id_token_issuer_mismatch',
    'the issuer with a slash more',
    (c, i) => withClaims({ iss: `${i.issuer}/` })(c, i),
  ],
  ['id_token_claim_missing', 'no issuer', without('iss')],
  ['id_token_audience_mismatch', 'another audience', withClaims({ aud: 'somebody-else' })],
  [
    'id_token_audience_mismatch',
    'a second audience',
    (claims, idp) => withClaims({ aud: [idp.clientId, 'somebody-else'], azp: idp.clientId })(claims, idp),
  ],
  ['id_token_claim_missing', 'no audience', without('aud')],
  ['id_token_authorized_party_mismatch', 'another authorized party', withClaims({ azp: 'somebody-else' })],
  ['id_token_expired', 'an expiry in the past', (c, i) => withClaims({ exp: seconds() - 61 })(c, i)],
  ['id_token_claim_missing', 'no expiry', without('exp')],
  ['id_token_claim_invalid', 'an expiry that is a text', withClaims({ exp: '9999999999' })],
  ['id_token_issued_in_future', 'an iat in the future', (c, i) => withClaims({ iat: seconds() + 120 })(c, i)],
  ['id_token_too_old', 'an iat of yesterday', (c, i) => withClaims({ iat: seconds() - 86_400 })(c, i)],
  ['id_token_claim_missing', 'no iat', without('iat')],
  ['id_token_not_yet_valid', 'an nbf in the future', (c, i) => withClaims({ nbf: seconds() + 120 })(c, i)],
  ['id_token_nonce_mismatch', 'the nonce of another sign-in', withClaims({ nonce: 'another' })],
  ['id_token_claim_missing', 'no nonce', without('nonce')],
  ['id_token_claim_missing', 'no subject', without('sub')],
  ['id_token_subject_invalid', 'a numeric subject', withClaims({ sub: 7 })],
  ['id_token_subject_invalid', 'an empty subject', withClaims({ sub: '' })],
  ['id_token_subject_invalid', 'a subject of 256 characters', withClaims({ sub: 'a'.repeat(256) })],
  ['id_token_subject_invalid', 'a subject with U+0000', withClaims({ sub: 'a\u0000' })],
  ['id_token_duplicate_member', 'two subjects', withText(/^\{/, '{"sub":"eve",')],
  ['id_token_malformed', 'a payload that is a list', (claims, { key }) => signedToken(key, [claims])],
  ['id_token_malformed', 'padding', (claims, { key }) => `${signedToken(key, claims)}==`],
  [
    'id_token_malformed',
    'the parts of an encrypted token',
    (claims, { key }) => `${signedToken(key, claims)}.a.b`,
  ],
  ['id_token_malformed', 'no token at all', () => 'nonsense'],
  ['id_token_too_large', 'more than 16 KiB', withClaims({ filler: 'x'.repeat(16_384) })],
  ['oidc_answer_invalid', 'a number instead of a token', () => 7],
];

describe('An ID token', () => {
  let scene: OidcScene;
  beforeAll(async () => (scene = await OidcScene.start()));
  afterAll(() => scene.close());
  beforeEach(() => {
    scene.idp.behave();
    scene.idp.keys = [scene.idp.key, weak];
  });

  it('that is in order lets the person in', async () => {
    const page = await scene.signIn();
    expect(page.status).toBe(303);
    expect(page.url.href).toMatch(`${APPLICATION}?code=ghc_`);
  });

  it.each(WRONG)('is refused as %s: %s', async (expected, _, idToken) => {
    const { status, code, event } = await scene.refusal(await scene.signIn({ idToken }));
    expect({ status, code }).toEqual({ status: 403, code: expected });
    expect(event.data.reason).toEqual(expect.any(String));
  });

  it('that was refused brings nobody in', async () => {
    const [{ count }] = (await scene.app.sql(`select count(*)::int from identities where subject <> $1`, [
      scene.idp.subject,
    ])) as [{ count: number }];
    expect(count).toBe(0);
  });
});

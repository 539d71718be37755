import { createPublicKey } from 'node:crypto';
import {
  base64url,
  headerOf,
  hmacToken,
  signedToken,
  type TestKey,
  testKey,
} from '../../test/support/oidc-tokens';
import { type JwtFault, JwtRefused, verifyJwt } from './jwt-verifier';
import { VerificationKeys } from './verification-keys';

const now = new Date('2030-01-01T12:00:00Z');
const seconds = now.getTime() / 1000;
const rsa = testKey('RS256', 'rsa');
const ec = testKey('ES256', 'ec');
const weak = testKey('RS256', 'weak', { modulusLength: 1024 });
const unnamed = testKey('RS256', 'unnamed');
const unnamedEc = testKey('ES256', 'unnamed-ec');
const withoutAlgorithm = [unnamed, unnamedEc].map(({ publicJwk: { alg: _, ...jwk } }) => jwk);
const keys = VerificationKeys.read({
  keys: [rsa, ec, weak].map(({ publicJwk }) => publicJwk).concat(withoutAlgorithm),
})!;

const idContext = { keys, issuer: 'https://idp.example/', audience: 'client-1', nonce: 'n-1', now };
const idClaims = {
  iss: 'https://idp.example/',
  sub: 'ada',
  aud: 'client-1',
  exp: seconds + 300,
  iat: seconds,
  nonce: 'n-1',
};
const without = (name: string) =>
  Object.fromEntries(Object.entries(idClaims).filter(([key]) => key !== name));
const claimsText = (more: string) => JSON.stringify(idClaims).replace(/\}$/, `,${more}}`);
const idToken = (changes: object = {}, header?: object) =>
  signedToken(rsa, { ...idClaims, ...changes }, header);

function faultOf(verify: () => unknown): JwtFault | undefined {
  try {
    verify();
  } catch (error) {
    if (error instanceof JwtRefused) return error.fault;
    throw error;
  }
  return undefined;
}

describe('An ID token', () => {
  const verify = (token: unknown, context = idContext) => verifyJwt('id_token', token, context);

  it('passes when everything is in order, and gives its claims', () => {
    expect(verify(idToken({ email: 'ada@acme.test' }))).toMatchObject({ sub: 'ada', email: 'ada@acme.test' });
  });

  it.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'])(
    'may be signed with %s',
    (alg) => {
      const key = testKey(alg, 'k');
      const context = { ...idContext, keys: VerificationKeys.read({ keys: [key.publicJwk] })! };
      expect(verify(signedToken(key, idClaims), context).sub).toBe('ada');
    },
  );

  it.each([
    ['has a typ of JWT', idToken({}, headerOf(rsa, { typ: 'JWT' }))],
    ['names its certificate by thumbprint', idToken({}, headerOf(rsa, { x5t: 'abc', 'x5t#S256': 'def' }))],
    ['gives its only audience as a list', idToken({ aud: ['client-1'] })],
    ['names this client as authorized party', idToken({ azp: 'client-1' })],
    ['comes from a clock a minute ahead', idToken({ iat: seconds + 59, nbf: seconds + 59 })],
    ['comes from a clock a minute behind', idToken({ exp: seconds - 59 })],
    ['is signed with a key that names no algorithm', signedToken(unnamed, idClaims)],
    ['is signed with an elliptic one that names none', signedToken(unnamedEc, idClaims)],
    ['has a subject of 255 characters', idToken({ sub: 'é'.repeat(255) })],
  ])('passes when it %s', (__, token) => expect(verify(token).iss).toBe(idClaims.iss));

  const header = headerOf(rsa);
  const parts = idToken().split('.') as [string, string, string];
  const refused: [JwtFault, string, unknown][] = [
    ['algorithm_refused', 'alg none', `${base64url({ alg: 'none' })}.${base64url(idClaims)}.`],
    ['algorithm_refused', 'alg None with a signature', idToken({}, { ...header, alg: 'None' })],
    ['algorithm_refused', 'alg rs256 in lower case', idToken({}, { ...header, alg: 'rs256' })],
    ['algorithm_refused', 'no alg', idToken({}, { kid: 'rsa' })],
    ['algorithm_refused', 'alg toString', idToken({}, { ...header, alg: 'toString' })],
    [
      'algorithm_refused',
      'an HMAC keyed with the public key',
      hmacToken(
        createPublicKey(rsa.privateKey).export({ type: 'spki', format: 'pem' }),
        { alg: 'HS256', kid: 'rsa' },
        idClaims,
      ),
    ],
    ['algorithm_refused', 'ES256K', signedToken(testKey('ES256K', 'ec'), idClaims)],
    ['key_mismatch', 'PS256 with a key published for RS256', signedToken({ ...rsa, alg: 'PS256' }, idClaims)],
    [
      'key_mismatch',
      'PS256 with a key that names no algorithm',
      signedToken({ ...unnamed, alg: 'PS256' }, idClaims),
    ],
    [
      'key_mismatch',
      'ES384 announced for a P-256 key',
      signedToken(ec, idClaims, headerOf(ec, { alg: 'ES384' })),
    ],
    [
      'key_mismatch',
      'ES384 announced for a P-256 key that names no algorithm',
      signedToken(unnamedEc, idClaims, headerOf(unnamedEc, { alg: 'ES384' })),
    ],
    [
      'key_mismatch',
      'EdDSA announced for an RSA key that names no algorithm',
      signedToken(unnamed, idClaims, headerOf(unnamed, { alg: 'EdDSA' })),
    ],
    ['key_mismatch', 'RS256 announced for an elliptic key', idToken({}, { ...header, kid: 'ec' })],
    ['key_unknown', 'an unknown kid', idToken({}, { ...header, kid: 'other' })],
    ['key_unknown', 'a key of 1024 bits', signedToken(weak, idClaims)],
    ['key_id_missing', 'no kid', idToken({}, { alg: 'RS256' })],
    ['key_id_missing', 'an empty kid', idToken({}, { ...header, kid: '' })],
    ['key_id_missing', 'a kid that is a number', idToken({}, { ...header, kid: 7 })],
    ['signature_invalid', 'a signature by another key', signedToken(testKey('RS256', 'rsa'), idClaims)],
    [
      'signature_invalid',
      'a changed payload',
      [parts[0], base64url({ ...idClaims, sub: 'eve' }), parts[2]].join('.'),
    ],
    ['signature_invalid', 'an empty signature', `${parts[0]}.${parts[1]}.`],
    ['signature_invalid', 'half of an ES256 signature', halved(signedToken(ec, idClaims))],
    ['signature_invalid', 'an ES256 signature with more behind it', lengthened(signedToken(ec, idClaims))],
    ['signature_invalid', 'an ES256 signature of zeros', zeroed(signedToken(ec, idClaims))],
    ['header_refused', 'an embedded jwk', idToken({}, { ...header, jwk: rsa.publicJwk })],
    ['header_refused', 'a jku', idToken({}, { ...header, jku: 'https://evil.example/jwks' })],
    ['header_refused', 'an x5u', idToken({}, { ...header, x5u: 'https://evil.example/cert' })],
    ['header_refused', 'an x5c', idToken({}, { ...header, x5c: ['MIIB'] })],
    ['header_refused', 'a crit', idToken({}, { ...header, crit: ['exp'] })],
    ['header_refused', 'an unencoded payload', idToken({}, { ...header, b64: false })],
    ['header_refused', 'a compressed payload', idToken({}, { ...header, zip: 'DEF' })],
    [
      'header_refused',
      'a __proto__ member',
      idToken({}, JSON.parse('{"alg":"RS256","kid":"rsa","__proto__":{}}')),
    ],
    ['type_refused', 'the typ of an access token', idToken({}, { ...header, typ: 'at+jwt' })],
    ['type_refused', 'the typ of a logout token', idToken({}, { ...header, typ: 'logout+jwt' })],
    ['type_refused', 'an empty typ', idToken({}, { ...header, typ: '' })],
    ['type_refused', 'a typ that is null', idToken({}, { ...header, typ: null })],
    ['issuer_mismatch', 'another issuer', idToken({ iss: 'https://evil.example/' })],
    ['issuer_mismatch', 'the issuer without its slash', idToken({ iss: 'https://idp.example' })],
    ['claim_missing', 'no issuer', signedToken(rsa, without('iss'))],
    ['claim_invalid', 'a list of issuers', idToken({ iss: ['https://idp.example/'] })],
    ['audience_mismatch', 'another audience', idToken({ aud: 'client-2' })],
    ['audience_mismatch', 'several audiences', idToken({ aud: ['client-1', 'client-2'], azp: 'client-1' })],
    ['audience_mismatch', 'this audience twice', idToken({ aud: ['client-1', 'client-1'] })],
    ['audience_mismatch', 'no audience in the list', idToken({ aud: [] })],
    ['claim_missing', 'no audience', signedToken(rsa, without('aud'))],
    ['authorized_party_mismatch', 'another authorized party', idToken({ azp: 'client-2' })],
    ['authorized_party_mismatch', 'an authorized party that is null', idToken({ azp: null })],
    ['expired', 'an expiry in the past', idToken({ exp: seconds - 60, iat: seconds - 400 })],
    ['claim_missing', 'no expiry', signedToken(rsa, without('exp'))],
    ['claim_invalid', 'an expiry that is a text', idToken({ exp: String(seconds + 300) })],
    ['claim_invalid', 'an expiry beyond all numbers', signedToken(rsa, claimsText('"nbf":1e999'))],
    ['claim_invalid', 'a negative iat', idToken({ iat: -1 })],
    ['issued_in_future', 'an iat in the future', idToken({ iat: seconds + 61 })],
    ['too_old', 'an iat of an hour ago', idToken({ iat: seconds - 3600 })],
    ['claim_missing', 'no iat', signedToken(rsa, without('iat'))],
    ['not_yet_valid', 'an nbf in the future', idToken({ nbf: seconds + 61 })],
    ['claim_invalid', 'an nbf that is a text', idToken({ nbf: 'now' })],
    ['nonce_mismatch', 'another nonce', idToken({ nonce: 'n-2' })],
    ['claim_missing', 'no nonce', signedToken(rsa, without('nonce'))],
    ['claim_invalid', 'a list of nonces', idToken({ nonce: ['n-1'] })],
    ['claim_missing', 'no subject', signedToken(rsa, without('sub'))],
    ['subject_invalid', 'a numeric subject', idToken({ sub: 7 })],
    ['subject_invalid', 'an empty subject', idToken({ sub: '' })],
    ['subject_invalid', 'a subject that is null', idToken({ sub: null })],
    ['subject_invalid', 'a subject of 256 characters', idToken({ sub: 'a'.repeat(256) })],
    ['subject_invalid', 'a subject with U+0000', idToken({ sub: 'ada\u0000' })],
    ['subject_invalid', 'a subject with half a surrogate pair', signedToken(rsa, lone())],
    ['duplicate_member', 'two subjects', signedToken(rsa, claimsText('"sub":"eve"'))],
    [
      'duplicate_member',
      'two subjects, one of them escaped',
      signedToken(rsa, claimsText('"s\\u0075b":"eve"')),
    ],
    [
      'duplicate_member',
      'two members of a nested object',
      signedToken(rsa, claimsText('"x":[{"a":1,"a":2}]')),
    ],
    ['duplicate_member', 'two algs', signedToken(rsa, idClaims, '{"alg":"none","alg":"RS256","kid":"rsa"}')],
    ['malformed', 'a payload that is a list', signedToken(rsa, [idClaims])],
    ['malformed', 'a payload that is null', signedToken(rsa, 'null')],
    ['malformed', 'a payload that is a number', signedToken(rsa, '7')],
    ['malformed', 'a payload that is a text', signedToken(rsa, '"ada"')],
    ['malformed', '16 KiB of nothing', 'a'.repeat(16 * 1024)],
    ['too_large', 'a character more', 'a'.repeat(16 * 1024 + 1)],
    ['malformed', 'a payload with a byte order mark', signedToken(rsa, `\uFEFF${JSON.stringify(idClaims)}`)],
    ['malformed', 'a payload that is not UTF-8', notUtf8()],
    ['malformed', 'stray bits at the end of the signature', withStrayBits(idToken())],
    ['malformed', 'padding', `${parts[0]}.${parts[1]}.${parts[2]}==`],
    ['malformed', 'plain base64', `${parts[0]}.${parts[1]}.+/${parts[2].slice(2)}`],
    ['malformed', 'a line break', `${parts[0]}.${parts[1]}\n.${parts[2]}`],
    ['malformed', 'two parts', `${parts[0]}.${parts[1]}`],
    ['malformed', 'five parts, as an encrypted one', `${parts.join('.')}.a.b`],
    ['malformed', 'nothing', ''],
    ['malformed', 'no text at all', { toString: () => idToken() }],
    ['malformed', 'JSON serialisation', JSON.stringify({ payload: parts[1], signatures: [] })],
    ['too_large', 'more than 16 KiB', idToken({ filler: 'x'.repeat(16 * 1024) })],
  ];

  it.each(refused)('is refused as %s: %s', (fault, __, token) =>
    expect(faultOf(() => verify(token))).toBe(fault),
  );

  it('of one kind is not one of the other', () => {
    const accessClaims = { ...idClaims, client_id: 'app', jti: '1' };
    expect(faultOf(() => verify(signedToken(rsa, accessClaims, headerOf(rsa, { typ: 'at+jwt' }))))).toBe(
      'type_refused',
    );
  });
});

describe('An access token', () => {
  const context = { keys, issuer: 'https://gatehouse.example', audience: 'https://gatehouse.example', now };
  const claims = {
    iss: 'https://gatehouse.example',
    aud: 'https://gatehouse.example',
    sub: 'user-1',
    client_id: 'app',
    jti: '1',
    iat: seconds,
    exp: seconds + 300,
  };
  const token = (changes: object = {}, header: object = headerOf(ec, { typ: 'at+jwt' })) =>
    signedToken(ec, { ...claims, ...changes }, header);
  const verify = (text: string) => verifyJwt('access_token', text, context);

  it('passes when everything is in order', () => expect(verify(token()).jti).toBe('1'));

  it.each<[JwtFault, string, string]>([
    ['type_refused', 'no typ', token({}, headerOf(ec))],
    ['type_refused', 'the typ of an ID token', token({}, headerOf(ec, { typ: 'JWT' }))],
    ['algorithm_refused', 'an algorithm we never sign with', signedToken({ ...rsa, alg: 'PS256' }, claims)],
    ['header_refused', 'a thumbprint', token({}, headerOf(ec, { typ: 'at+jwt', x5t: 'abc' }))],
    ['expired', 'an expiry a second ago', token({ exp: seconds - 1 })],
    ['expired', 'an expiry just now', token({ exp: seconds })],
    ['claim_missing', 'no jti', token({ jti: undefined })],
    ['claim_missing', 'no client_id', token({ client_id: undefined })],
  ])('is refused as %s: %s', (fault, __, text) => expect(faultOf(() => verify(text))).toBe(fault));
});

describe('A token that does not say which key signed it', () => {
  const published = (...jwks: object[]) => VerificationKeys.read({ keys: jwks })!;
  const { kid: _, ...bare } = rsa.publicJwk as { kid: string };
  const judge = (set: VerificationKeys, signer = rsa, header: object = { alg: signer.alg }) =>
    faultOf(() => verifyJwt('id_token', signedToken(signer, idClaims, header), { ...idContext, keys: set }));

  it.each([
    ['has a name', rsa.publicJwk],
    ['has none', bare],
  ])('is held against the only key that its issuer publishes, where that %s', (__, jwk) => {
    expect(judge(published(jwk))).toBeUndefined();
  });

  it('may be signed with a key that is published by now: it is worth another look', () => {
    expect(judge(published(rsa.publicJwk), testKey('RS256', 'newer'))).toBe('key_unknown');
  });

  it.each([
    ['key_mismatch', 'the only key is for another algorithm', published(rsa.publicJwk), ec, { alg: 'ES256' }],
    [
      'key_id_missing',
      'there are several keys',
      published(rsa.publicJwk, ec.publicJwk),
      rsa,
      { alg: 'RS256' },
    ],
    [
      'key_id_missing',
      'one of two is for encryption',
      published(rsa.publicJwk, { ...ec.publicJwk, use: 'enc' }),
      rsa,
      { alg: 'RS256' },
    ],
    ['key_id_missing', 'the only key is too weak', published(weak.publicJwk), weak, { alg: 'RS256' }],
    ['key_id_missing', 'there is none', published(), rsa, { alg: 'RS256' }],
    ['key_id_missing', 'kid is empty', published(rsa.publicJwk), rsa, { alg: 'RS256', kid: '' }],
    ['key_unknown', 'it names a key that has no name', published(bare), rsa, headerOf(rsa)],
  ] as const)('is refused as %s where %s', (fault, __, set, signer, header) => {
    expect(judge(set, signer, header)).toBe(fault);
  });

  it('is no access token of ours', () => {
    const claims = { ...idClaims, jti: 'j', client_id: 'c' };
    const token = signedToken(ec, claims, { alg: 'ES256', typ: 'at+jwt' });
    const context = { ...idContext, keys: published(ec.publicJwk) };
    expect(faultOf(() => verifyJwt('access_token', token, context))).toBe('key_id_missing');
  });
});

describe('A set of keys', () => {
  it.each([
    ['a symmetric key', { kty: 'oct', kid: 'k', k: 'c2VjcmV0' }],
    ['a private key', { ...ec.privateKey.export({ format: 'jwk' }), kid: 'k' }],
    ['a key for encryption', { ...rsa.publicJwk, kid: 'k', use: 'enc' }],
    ['a key without a name, which is an empty one', { ...rsa.publicJwk, kid: '' }],
    ['a key whose name is a number', { ...rsa.publicJwk, kid: 7 }],
    ['a key with a symmetric part', { ...rsa.publicJwk, kid: 'k', k: 'c2VjcmV0' }],
    ['a key of more than 8192 bits', { ...modulusOf(8200), kid: 'k' }],
    ['a key whose operations are a text', { ...rsa.publicJwk, kid: 'k', key_ops: 'verify' }],
    ['a key that may only sign', { ...rsa.publicJwk, kid: 'k', key_ops: ['sign'] }],
    ['a key on a foreign curve', testKey('ES256K', 'k').publicJwk],
    ['a key named for an algorithm of another kind', { ...rsa.publicJwk, kid: 'k', alg: 'ES256' }],
    ['a key with an exponent of 1', { ...rsa.publicJwk, kid: 'k', e: 'AQ' }],
    ['a point off the curve', { ...ec.publicJwk, kid: 'k', x: ec.publicJwk.y, y: ec.publicJwk.x }],
    ['an unknown kind', { kty: 'AKP', kid: 'k' }],
    ['null', null],
  ])('leaves out %s and keeps the rest', (__, jwk) => {
    const read = VerificationKeys.read({ keys: [jwk, ec.publicJwk] })!;
    expect(read.withKid('k')).toHaveLength(0);
    expect(read.withKid('ec')).toHaveLength(1);
  });

  it('is not read from anything else', () => {
    for (const nonsense of [null, [], 'keys', {}, { keys: {} }, { keys: Array(101).fill(null) }]) {
      expect(VerificationKeys.read(nonsense)).toBeUndefined();
    }
  });

  it.each([
    ['that may verify, among others', { ...rsa.publicJwk, key_ops: ['sign', 'verify'] }],
    ['that does not say what it is for', { ...rsa.publicJwk, use: undefined }],
    ['with an exponent of 3', { ...rsa.publicJwk, e: 'Aw' }],
    ['of 8192 bits', { ...modulusOf(8192), kid: 'rsa' }],
  ])('takes a key %s', (__, jwk) => {
    expect(VerificationKeys.read({ keys: [jwk] })!.withKid('rsa')).toHaveLength(1);
  });

  it('may give two keys one name, and holds up to a hundred', () => {
    const twin = testKey('RS256', 'rsa');
    const context = (first: TestKey, second: TestKey) => ({
      ...idContext,
      keys: VerificationKeys.read({ keys: [first.publicJwk, second.publicJwk] })!,
    });
    expect(verifyJwt('id_token', idToken(), context(rsa, twin)).sub).toBe('ada');
    expect(verifyJwt('id_token', idToken(), context(twin, rsa)).sub).toBe('ada');
    const most = VerificationKeys.read({ keys: [...Array<null>(99).fill(null), rsa.publicJwk] });
    expect(most?.withKid('rsa')).toHaveLength(1);
  });

  it('takes the newer name of EdDSA', () => {
    const key = testKey('EdDSA', 'ed');
    const read = VerificationKeys.read({ keys: [{ ...key.publicJwk, alg: 'Ed25519' }] })!;
    const context = { ...idContext, keys: read };
    expect(verifyJwt('id_token', signedToken(key, idClaims), context).sub).toBe('ada');
  });
});

/** The public key of nobody, as nobody knows the factors. */
function modulusOf(bits: number): object {
  const n = Buffer.concat([Buffer.of(0x80), Buffer.alloc(bits / 8 - 1, 1)]).toString('base64url');
  return { kty: 'RSA', e: 'AQAB', n };
}

function halved(token: string): string {
  const [first, second, signature] = token.split('.') as [string, string, string];
  return [first, second, Buffer.from(signature, 'base64url').subarray(0, 32).toString('base64url')].join('.');
}

function lengthened(token: string): string {
  return token.replace(/[^.]+$/, (signature) =>
    Buffer.concat([Buffer.from(signature, 'base64url'), Buffer.alloc(2)]).toString('base64url'),
  );
}

function zeroed(token: string): string {
  return token.replace(/[^.]+$/, Buffer.alloc(64).toString('base64url'));
}

function lone(): string {
  return JSON.stringify(idClaims).replace('"ada"', '"ada\\ud800"');
}

function notUtf8(): string {
  const bytes = Buffer.from(JSON.stringify({ ...idClaims, name: '#' }));
  bytes[bytes.indexOf('#')] = 0xff;
  return signedToken(rsa, bytes);
}

/** The last character of 256 bytes in base64url carries four bits that mean nothing. */
function withStrayBits(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1)!) + 1];
}

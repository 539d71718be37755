import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { rsaKey } from './rsa-keys';

export interface TestKey {
  kid: string;
  alg: string;
  privateKey: KeyObject;
  publicJwk: Record<string, unknown>;
}

/** A key pair of its own with the JWK a provider would publish for it. */
export function testKey(alg: string, kid: string, options: { modulusLength?: number } = {}): TestKey {
  const { privateKey, publicKey } = generate(alg, options.modulusLength ?? 2048);
  return {
    kid,
    alg,
    privateKey,
    publicJwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' },
  };
}

function generate(alg: string, modulusLength: number): { privateKey: KeyObject; publicKey: KeyObject } {
  if (alg === 'EdDSA') return generateKeyPairSync('ed25519');
  const namedCurve = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521', ES256K: 'secp256k1' }[alg];
  if (namedCurve) return generateKeyPairSync('ec', { namedCurve });
  const privateKey = createPrivateKey(rsaKey(modulusLength));
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

/** Texts and bytes as they are, anything else as JSON. */
export const base64url = (value: unknown): string =>
  Buffer.from(
    typeof value === 'string' || Buffer.isBuffer(value) ? (value as Buffer) : JSON.stringify(value),
  ).toString('base64url');

/** A compact JWS over any header and payload, sound or not is up to the caller. */
export function signedToken(key: TestKey, payload: unknown, header: unknown = headerOf(key)): string {
  const signed = `${base64url(header)}.${base64url(payload)}`;
  return `${signed}.${signatureOf(key, signed).toString('base64url')}`;
}

export const headerOf = ({ alg, kid }: TestKey, more: object = {}): Record<string, unknown> => ({
  alg,
  kid,
  ...more,
});

function signatureOf({ alg, privateKey }: TestKey, signed: string): Buffer {
  const hash = alg === 'EdDSA' ? null : `sha${alg.slice(2, 5)}`;
  return sign(hash, Buffer.from(signed), {
    key: privateKey,
    dsaEncoding: 'ieee-p1363',
    ...(alg.startsWith('PS') && {
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    }),
  });
}

/** The classic confusion: an HMAC whose secret is the issuer's public key. */
export function hmacToken(secret: string | Buffer, header: object, payload: object): string {
  const signed = `${base64url(header)}.${base64url(payload)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

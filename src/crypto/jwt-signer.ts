import { createPrivateKey, type JsonWebKey, sign } from 'node:crypto';
import { type PreparedKey, preparedKey } from './prepared-key';

/** A private key of ours that signs with ES256. */
export type JwtSigningKey = PreparedKey<{ dsaEncoding: 'ieee-p1363' }>;

/** Reads a private key on P-256 (RFC 7518 section 6.2.2). */
export function readJwtSigningKey(jwk: JsonWebKey): JwtSigningKey {
  return preparedKey(createPrivateKey({ key: jwk, format: 'jwk' }), { dsaEncoding: 'ieee-p1363' });
}

/** Writes a JWT of ours, signed with ES256 (RFC 7515 section 7.1, RFC 7518 section 3.4). */
export function signJwt(
  header: { readonly typ: string; readonly kid: string },
  claims: Readonly<Record<string, unknown>>,
  key: JwtSigningKey,
): string {
  const signed = `${encoded({ alg: 'ES256', ...header })}.${encoded(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

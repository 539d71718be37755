import { type KeyObject, sign } from 'node:crypto';

/** Writes a JWT of ours, signed with ES256 (RFC 7515 section 7.1, RFC 7518 section 3.4). */
export function signJwt(
  header: { readonly typ: string; readonly kid: string },
  claims: Readonly<Record<string, unknown>>,
  key: KeyObject,
): string {
  const signed = `${encoded({ alg: 'ES256', ...header })}.${encoded(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

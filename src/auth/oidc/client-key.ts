import { X509Certificate } from 'node:crypto';
import { sha256 } from '../../crypto/sha256';

/** One public key of a client, as a provider reads it (RFC 7517 section 4). */
export interface ClientJwk {
  readonly kty: string;
  readonly n: string;
  readonly e: string;
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: 'RS256';
  readonly x5c: readonly string[];
  readonly 'x5t#S256': string;
}

export function clientJwkOf(certificate: string): ClientJwk {
  const { publicKey, raw } = new X509Certificate(certificate);
  const { kty, n, e } = publicKey.export({ format: 'jwk' }) as { kty: string; n: string; e: string };
  return {
    ...{ kty, n, e, kid: keyIdOf(certificate), use: 'sig', alg: 'RS256' },
    ...{ x5c: [raw.toString('base64')], 'x5t#S256': certificateThumbprintOf(certificate) },
  };
}

/** The JWK thumbprint (RFC 7638) of the public key; independent of the certificate. */
export function keyIdOf(certificate: string): string {
  const { kty, n, e } = new X509Certificate(certificate).publicKey.export({ format: 'jwk' });
  return sha256(JSON.stringify({ e, kty, n })).toString('base64url');
}

/** RFC 7515 section 4.1.8. */
export function certificateThumbprintOf(certificate: string): string {
  return sha256(new X509Certificate(certificate).raw).toString('base64url');
}

import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';

/** A certificate of a connection, ready to verify with. */
export interface TrustedKey {
  readonly key: KeyObject;
  /** Nothing for a kind or size of key that no signature is accepted from. */
  readonly kind: 'rsa' | 'ec' | undefined;
  readonly sha256Fingerprint: string;
}

const MIN_RSA_BITS = 2048;
const CURVES = ['prime256v1', 'secp384r1'];
const KEPT = 1000;
const kept = new Map<string, TrustedKey>();

/**
 * Reads a certificate once and keeps what came of it. Its own dates play no part: an administrator has chosen this very
 * key, and many identity providers sign with a certificate that ran out years ago (setting it up warned of that).
 */
export function trustedKey(pem: string): TrustedKey {
  const known = kept.get(pem);
  if (known) return known;
  const certificate = new X509Certificate(pem);
  // A key as OpenSSL has read it from text verifies faster than the one inside the certificate's own object.
  const key = createPublicKey(certificate.publicKey.export({ type: 'spki', format: 'pem' }));
  const fresh = { key, kind: kindOf(key), sha256Fingerprint: certificate.fingerprint256 };
  if (kept.size >= KEPT) kept.delete(kept.keys().next().value ?? '');
  kept.set(pem, fresh);
  return fresh;
}

function kindOf({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): TrustedKey['kind'] {
  if (type === 'rsa' && (details?.modulusLength ?? 0) >= MIN_RSA_BITS) return 'rsa';
  if (type === 'ec' && CURVES.includes(details?.namedCurve ?? '')) return 'ec';
  return undefined;
}

/** The fingerprint of a certificate that a message shows; nothing if it shows none that can be read. */
export function fingerprintOf(base64: string | undefined): string | undefined {
  try {
    return base64 && new X509Certificate(Buffer.from(base64, 'base64')).fingerprint256;
  } catch {
    return undefined;
  }
}

import { constants, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { SignatureAlgorithm } from './signature-vocabulary';

/** A certificate of a connection, ready to verify with. */
export interface TrustedKey {
  /** One for each way of signing that its key may be used for; none if its kind or size is not accepted. */
  readonly keys: TrustedKeys;
  readonly sha256Fingerprint: string;
}

type TrustedKeys = Readonly<Partial<Record<SignatureAlgorithm['key'], KeyObject>>>;

const MIN_RSA_BITS = 2048;
const CURVES = ['prime256v1', 'secp384r1'];
const PKCS1 = { padding: constants.RSA_PKCS1_PADDING };
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
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
  const fresh = { keys: keysOf(certificate.publicKey), sha256Fingerprint: certificate.fingerprint256 };
  if (kept.size >= KEPT) kept.delete(kept.keys().next().value ?? '');
  kept.set(pem, fresh);
  return fresh;
}

/**
 * Keys that OpenSSL has parsed from PEM verify faster than the key object of the certificate. Options set on the key
 * object are faster than a `{key, …options}` object, which Node unpacks on each call.
 */
function keysOf(certified: KeyObject): TrustedKeys {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certified;
  const text = certified.export({ type: 'spki', format: 'pem' });
  if (type === 'rsa' && (details?.modulusLength ?? 0) >= MIN_RSA_BITS)
    return {
      rsa: Object.assign(createPublicKey(text), PKCS1),
      pss: Object.assign(createPublicKey(text), PSS),
    };
  if (type === 'ec' && CURVES.includes(details?.namedCurve ?? ''))
    return { ec: Object.assign(createPublicKey(text), { dsaEncoding: 'ieee-p1363' }) };
  return {};
}

/** The fingerprint of a certificate that a message shows; nothing if it shows none that can be read. */
export function fingerprintOf(base64: string | undefined): string | undefined {
  try {
    return base64 && new X509Certificate(Buffer.from(base64, 'base64')).fingerprint256;
  } catch {
    return undefined;
  }
}

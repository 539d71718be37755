import { hash, timingSafeEqual, verify } from 'node:crypto';
import { canonicalXml, type TwiceSigned } from './canonical-xml';
import type { SignatureFacts } from './signature-shape';
import { fingerprintOf, type TrustedKey, trustedKey } from './trusted-key';
import { DIGEST_ALGORITHM, SIGNATURE_ALGORITHM, type SignatureAlgorithm } from './signature-vocabulary';

export interface VerifiedSignature {
  /** Canonical XML of the signed element, without its signature: exactly the bytes that were signed. */
  readonly bytes: string;
  /** SHA-256 fingerprint of the connection's certificate whose key made the signature. */
  readonly signer: string;
}

/** Why a signature counts for nothing; made to be read by an administrator. */
export interface UnverifiedSignature {
  readonly fault: string;
}

/**
 * Verifies a signature with any of the connection's certificates. The key is tried first, over the few bytes of
 * SignedInfo, so that strangers are turned away before a document is canonicalised for them.
 * @param twiceSigned where what is signed, or a child of it, has another signature that is verified as well
 */
export function verifySignature(
  facts: SignatureFacts,
  certificates: readonly string[],
  twiceSigned?: TwiceSigned,
): VerifiedSignature | UnverifiedSignature {
  const algorithm = SIGNATURE_ALGORITHM[facts.signatureAlgorithm];
  const digestAlgorithm = DIGEST_ALGORITHM[facts.digestAlgorithm];
  if (!algorithm || !digestAlgorithm) return { fault: 'an algorithm that is not accepted' };
  const signer = certificates.map(trustedKey).find((trusted) => madeWith(trusted, algorithm, facts));
  if (!signer) {
    const shown = fingerprintOf(facts.shownCertificate);
    return { fault: `by none of these keys${shown ? `; the message shows the certificate ${shown}` : ''}` };
  }

  const { signed, signature, around, prefixes, digest } = facts;
  const bytes = canonicalXml(signed, { prefixes, around, without: signature, twiceSigned });
  const actual = Buffer.from(hash(digestAlgorithm, bytes, 'base64'), 'base64');
  if (actual.length !== digest.length || !timingSafeEqual(actual, digest))
    return { fault: `by ${signer.sha256Fingerprint}, but not over what the message now holds` };
  return { bytes, signer: signer.sha256Fingerprint };
}

function madeWith(
  { keys }: TrustedKey,
  { key: kind, hash }: SignatureAlgorithm,
  { canonicalSignedInfo, value }: SignatureFacts,
): boolean {
  const key = keys[kind];
  return key !== undefined && verify(hash, Buffer.from(canonicalSignedInfo), key, value);
}

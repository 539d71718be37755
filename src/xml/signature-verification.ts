import { constants, createHash, timingSafeEqual, verify } from 'node:crypto';
import { canonicalXml } from './canonical-xml';
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
 */
export function verifySignature(
  facts: SignatureFacts,
  certificates: readonly string[],
): VerifiedSignature | UnverifiedSignature {
  const algorithm = SIGNATURE_ALGORITHM[facts.signatureAlgorithm];
  const hash = DIGEST_ALGORITHM[facts.digestAlgorithm];
  if (!algorithm || !hash) return { fault: 'an algorithm that is not accepted' };
  const signer = certificates.map(trustedKey).find((trusted) => madeWith(trusted, algorithm, facts));
  if (!signer) {
    const shown = fingerprintOf(facts.shownCertificate);
    return { fault: `by none of these keys${shown ? `; the message shows the certificate ${shown}` : ''}` };
  }

  const { signed, signature, around, prefixes, digest } = facts;
  const bytes = canonicalXml(signed, { prefixes, around, without: signature });
  const actual = createHash(hash).update(bytes).digest();
  if (actual.length !== digest.length || !timingSafeEqual(actual, digest))
    return { fault: `by ${signer.sha256Fingerprint}, but not over what the message now holds` };
  return { bytes, signer: signer.sha256Fingerprint };
}

function madeWith(
  { key, kind }: TrustedKey,
  algorithm: SignatureAlgorithm,
  { canonicalSignedInfo, value }: SignatureFacts,
): boolean {
  if (kind !== algorithm.key) return false;
  const data = Buffer.from(canonicalSignedInfo);
  if (algorithm.key === 'ec') return verify(algorithm.hash, data, { key, dsaEncoding: 'ieee-p1363' }, value);
  const padding = algorithm.pss
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : { padding: constants.RSA_PKCS1_PADDING };
  return verify(algorithm.hash, data, { key, ...padding }, value);
}

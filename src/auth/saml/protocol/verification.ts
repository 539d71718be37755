import type { Check } from '../../../sso-connections/diagnosis/check';
import { canonicalXml, type TwiceSigned } from '../../../xml/canonical-xml';
import type { SignatureFacts } from '../../../xml/signature-shape';
import { verifySignature } from '../../../xml/signature-verification';
import { childrenOf } from '../../../xml/strict-xml';
import { trustedKey } from '../../../xml/trusted-key';
import {
  decrypt,
  decryptionFailed,
  type DecryptionTerms,
  isAuthenticated,
  refuseWeakEncryption,
} from './decryption';
import { type EncryptedFacts, encryptedOf } from './encrypted-shape';
import { decryptNameId } from './encrypted-name-id';
import { encryptedNames, type PreflightedXml, preflightDecrypted } from './preflight';
import { SamlRefusal } from './refusal';
import { rereadSigned, VerifiedSignedXml } from './verified-xml';
import { SAML } from './vocabulary';

/** The certificates that a connection trusts, and the parts it requires to be signed. */
export interface VerificationTerms {
  /** PEM; a signature by any of these keys counts. Keys inside messages are never verified with. */
  readonly certificates: readonly string[];
  /** The parts that must be signed. Other signatures in the response must verify too. */
  readonly signed: 'assertion' | 'response' | 'both';
  readonly decryption: DecryptionTerms;
}

export interface Verification {
  /** Present when, and only when, everything that had to be signed is, and every signature verifies. */
  readonly verified: VerifiedSignedXml | undefined;
  /** The response, with its assertion decrypted. */
  readonly response: PreflightedXml;
  readonly checks: readonly Check[];
}

/**
 * Verifies the required signatures of a response after `preflight`, and decrypts its assertion. Does not throw for a
 * bad message: the last check then says what failed.
 */
export function verifyResponse(original: PreflightedXml, terms: VerificationTerms): Verification {
  const around = signatureRow('response', original.responseSignature, terms, original.twiceSigned);
  if (!around.check.ok) return refused(original, around.check);
  if (!original.encryptedAssertion) return verifyAssertion(original, around, terms, [around.check]);

  const opened = decryptionRow(original, original.encryptedAssertion, around.bytes, terms);
  const checks = [around.check, opened.check];
  if (!opened.response) return refused(original, ...checks);
  return verifyAssertion(opened.response, { ...around, bytes: opened.xml }, terms, checks, opened.isOracle);
}

interface SignatureRow {
  readonly check: Check;
  /** What was signed, where there is a signature that verifies. */
  readonly bytes?: string;
}

/** @param covered the check that covers the assertion when only the response is signed */
function verifyAssertion(
  response: PreflightedXml,
  covered: SignatureRow,
  terms: VerificationTerms,
  before: readonly Check[],
  isOracle = false,
): Verification {
  const own = signatureRow('assertion', response.assertionSignature, terms, response.twiceSigned);
  const check = isOracle && !own.check.ok ? { ...own.check, code: decryptionFailed().code } : own.check;
  const checks = [...before, check];
  const bytes = own.bytes ?? covered.bytes;
  if (!check.ok || bytes === undefined) return { verified: undefined, response, checks };
  return openName(VerifiedSignedXml.fromSignedBytes(bytes, response), terms, { response, checks });
}

/** Reads the name of the subject where that is encrypted by itself: as it was signed, hence chosen by nobody else. */
function openName(
  verified: VerifiedSignedXml,
  { decryption }: VerificationTerms,
  { response, checks }: Omit<Verification, 'verified'>,
): Verification {
  const [encryptedId] = encryptedNames(verified.assertion);
  if (!encryptedId) return { verified, response, checks };
  const encrypted = encryptedOf(encryptedId);
  const row = encryptionRow('name_id_decryption', encrypted, decryption);
  try {
    const named = verified.reading(encryptedId, decryptNameId(encrypted, decryption));
    const check = { ...row, code: 'saml_decryption_failed', ok: true };
    return { verified: named, response, checks: [...checks, check] };
  } catch (error) {
    if (!(error instanceof SamlRefusal)) throw error;
    return refused(response, ...checks, { ...row, code: error.code, ok: false });
  }
}

function signatureRow(
  what: 'assertion' | 'response',
  facts: SignatureFacts | undefined,
  { certificates, signed }: VerificationTerms,
  twiceSigned?: TwiceSigned,
): SignatureRow {
  const wanted = signed === 'both' || signed === what;
  const trusted = certificates.map((pem) => trustedKey(pem).sha256Fingerprint).join(' or ');
  const row = {
    id: `${what}_signature`,
    code: 'saml_signature_invalid',
    expected: `${wanted ? 'signed' : 'if signed, then'} with the key of the certificate ${trusted}`,
  };
  if (!facts)
    return { check: { ...row, code: 'saml_signature_missing', ok: !wanted, received: 'no signature' } };
  const result = verifySignature(facts, certificates, twiceSigned);
  const algorithm = facts.signatureAlgorithm.replace(/^.*#/, '');
  if ('fault' in result) return { check: { ...row, ok: false, received: `${algorithm}, ${result.fault}` } };
  const received = `${algorithm}, by ${result.signer}`;
  return { check: { ...row, ok: true, received }, bytes: result.bytes };
}

interface Opened {
  readonly check: Check;
  readonly response?: PreflightedXml;
  readonly xml?: string;
  /**
   * Whether an attacker could have changed the ciphertext; then all failures look the same, to avoid a decryption
   * oracle.
   */
  readonly isOracle?: boolean;
}

function decryptionRow(
  original: PreflightedXml,
  posted: EncryptedFacts,
  verifiedResponse: string | undefined,
  { decryption }: VerificationTerms,
): Opened {
  const encrypted = verifiedResponse === undefined ? posted : encryptedIn(verifiedResponse);
  const isOracle = verifiedResponse === undefined && !isAuthenticated(encrypted);
  const row = encryptionRow('decryption', encrypted, decryption);
  try {
    refuseWeakEncryption(encrypted, decryption.allowWeak);
    const { response, assertion } = preflightDecrypted(decrypt(encrypted, decryption), original);
    const xml = canonicalXml(assertion);
    return { check: { ...row, code: 'saml_decryption_failed', ok: true }, response, xml, isOracle };
  } catch (error) {
    if (!(error instanceof SamlRefusal)) throw error;
    const hidden = isOracle && error.code !== 'saml_encryption_algorithm_refused';
    return { check: { ...row, code: hidden ? decryptionFailed().code : error.code, ok: false } };
  }
}

function encryptionRow(id: string, { algorithm, keys }: EncryptedFacts, { allowWeak }: DecryptionTerms) {
  return {
    id,
    received: [algorithm, ...keys.map((key) => key.algorithm)].join(' with '),
    expected: allowWeak
      ? 'AES with RSA, and a key of this connection'
      : 'AES-GCM with RSA-OAEP, and a key of this connection',
  };
}

/** The cipher text as it was signed. */
function encryptedIn(verifiedResponse: string): EncryptedFacts {
  const [encrypted] = childrenOf(rereadSigned(verifiedResponse), SAML, 'EncryptedAssertion');
  if (!encrypted)
    throw new SamlRefusal('saml_signature_invalid', 'The signed bytes hold no encrypted assertion.');
  return encryptedOf(encrypted);
}

function refused(response: PreflightedXml, ...checks: Check[]): Verification {
  return { verified: undefined, response, checks };
}

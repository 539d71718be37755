import { constants, createPublicKey, verify } from 'node:crypto';
import type { PreflightedXml } from './protocol/preflight';
import { SamlRefusal } from './protocol/refusal';
import type { SignatureFacts } from './protocol/signature-shape';

const DIGEST_OF: Record<string, 'sha256' | 'sha512'> = {
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256': 'sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512': 'sha512',
  'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1': 'sha256',
};

/**
 * Which of the connection's certificates the signatures of a response were made with. The library would take the
 * document apart once per certificate and signature to find out, which costs seconds for large ones: strangers are
 * turned away here for the price of a few RSA operations. That a signature covers what it should is for the library
 * to verify, after this and in addition.
 * @throws SamlRefusal when a signature was made with none of them
 */
export function signersOf(response: PreflightedXml, certificates: readonly string[]): string[] {
  const signatures = [response.responseSignature, response.assertionSignature].filter(
    (signature) => signature !== undefined,
  );
  const signers = signatures.map((signature) => {
    const signer = certificates.find((certificate) => madeWith(certificate, signature));
    if (!signer)
      throw new SamlRefusal(
        'saml_signature_invalid',
        'No certificate of the connection verifies the signature.',
      );
    return signer;
  });
  return [...new Set(signers)];
}

function madeWith(certificate: string, signature: SignatureFacts): boolean {
  const key = createPublicKey(certificate);
  const digest = DIGEST_OF[signature.signatureAlgorithm];
  if (!digest || key.asymmetricKeyType !== 'rsa') return false;
  const padding = signature.signatureAlgorithm.endsWith('MGF1')
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : { padding: constants.RSA_PKCS1_PADDING };
  return verify(digest, Buffer.from(signature.canonicalSignedInfo), { key, ...padding }, signature.value);
}

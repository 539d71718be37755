import { verifySignature } from '../../../xml/signature-verification';
import { childrenOf } from '../../../xml/strict-xml';
import type { XmlElement } from '../../../xml/xml-element';
import { parse, refuseAmbiguity, refuseMisplacedSignatures, signatureOf } from './preflight';
import { SamlRefusal } from './refusal';
import { rereadSigned } from './verified-xml';
import { SAML, SAMLP } from './vocabulary';

export interface SignedRootTerms {
  /** Local names, in the protocol namespace, of the messages that are expected here. */
  readonly roots: readonly string[];
  /** PEM; a signature by any of these keys counts. */
  readonly certificates: readonly string[];
}

/**
 * Verifies a protocol message that carries its own signature, such as a LogoutRequest that came by HTTP-POST.
 *
 *     const xml = decodePosted(form.SAMLRequest);               // from preflight.ts: Base64, size, UTF-8
 *     const request = verifySignedRoot(xml, { roots: ['LogoutRequest'], certificates: saml.certificates });
 *     const nameId = childrenOf(request, SAML, 'NameID')[0]?.text;
 *
 * Services call `SamlVerification.signedRoot`, which does both off the event loop.
 *
 * @param xml the message, decoded
 * @returns the root as it was signed: read again from the verified bytes, so that nothing unsigned is in it. Its
 *   Signature is left out. Issuer, Destination, times and IDs are the caller's to check.
 * @throws SamlRefusal `saml_root_unexpected`, `saml_signature_missing`, `saml_signature_invalid`, and those of pre-flight
 */
export function verifySignedRoot(xml: string, { roots, certificates }: SignedRootTerms): XmlElement {
  const root = parse(xml);
  if (root.uri !== SAMLP || !roots.includes(root.local))
    throw new SamlRefusal('saml_root_unexpected', `The root is {${root.uri}}${root.local}.`);
  refuseMisplacedSignatures([root], refuseAmbiguity(root, childrenOf(root, SAML, 'EncryptedID')));

  const signature = signatureOf(root);
  if (!signature) throw new SamlRefusal('saml_signature_missing', `The ${root.local} is not signed.`);
  const result = verifySignature(signature, certificates);
  if ('fault' in result) throw new SamlRefusal('saml_signature_invalid', result.fault);
  return rereadSigned(result.bytes);
}

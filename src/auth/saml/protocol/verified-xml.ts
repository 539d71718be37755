import { NotCanonical, readCanonicalXml } from '../../../xml/canonical-reader';
import { attribute, childrenOf } from '../../../xml/strict-xml';
import type { XmlElement } from '../../../xml/xml-element';
import type { PreflightedXml } from './preflight';
import { SamlRefusal } from './refusal';
import { SAML, SAMLP } from './vocabulary';

/**
 * An assertion parsed from exactly the bytes whose signature was verified. Claims come only from this. Only the
 * signature verifier calls `fromSignedBytes`.
 */
export class VerifiedSignedXml {
  private constructor(readonly assertion: XmlElement) {}

  /**
   * @param signedBytes canonical XML as verified: of the assertion, or of the response around it; or of an assertion
   * decrypted from a verified response
   * @param original the document it comes from: the assertion must be the one that `preflight` has seen
   * @throws SamlRefusal when the bytes contain anything else than that assertion
   */
  static fromSignedBytes(
    signedBytes: string,
    original: Pick<PreflightedXml, 'assertionId'>,
  ): VerifiedSignedXml {
    const root = rereadSigned(signedBytes);
    const assertion = isNamed(root, SAMLP, 'Response') ? childrenOf(root, SAML, 'Assertion')[0] : root;
    const isExpected =
      assertion &&
      isNamed(assertion, SAML, 'Assertion') &&
      attribute(assertion, 'ID') === original.assertionId;
    if (!isExpected)
      throw new SamlRefusal(
        'saml_signature_invalid',
        'The signed bytes are not the assertion of the response.',
      );
    return new VerifiedSignedXml(assertion);
  }

  /** The same with one part of its subject as it is read: a ciphertext that was signed, by what it says. */
  reading(encrypted: XmlElement, opened: XmlElement): VerifiedSignedXml {
    const inSubject = (part: XmlElement): XmlElement => (part === encrypted ? opened : part);
    const children = this.assertion.children.map((child) =>
      isNamed(child, SAML, 'Subject') ? { ...child, children: child.children.map(inSubject) } : child,
    );
    return new VerifiedSignedXml({ ...this.assertion, children });
  }
}

/** Reads canonical XML whose signature was verified. */
export function rereadSigned(signedBytes: string): XmlElement {
  try {
    return readCanonicalXml(signedBytes);
  } catch (error) {
    if (error instanceof NotCanonical) throw new SamlRefusal('saml_signature_invalid', error.message);
    throw error;
  }
}

function isNamed(element: XmlElement, uri: string, local: string): boolean {
  return element.uri === uri && element.local === local;
}

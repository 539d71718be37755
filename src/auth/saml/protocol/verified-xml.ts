import { attribute, readStrictXml, type XmlElement, XmlRefused } from '../../../sso-connections/strict-xml';
import { LIMITS, type PreflightedXml } from './preflight';
import { SamlRefusal } from './refusal';
import { SAML } from './vocabulary';

/**
 * An assertion read from exactly the bytes whose signature was verified. Claims are built from this and
 * from nothing else; the one caller of `fromSignedBytes` is the signature verifier.
 */
export class VerifiedSignedXml {
  private constructor(readonly assertion: XmlElement) {}

  /**
   * @param signedBytes canonical XML of the assertion, as the signature library returned it
   * @param original the document it came from: the assertion must be the one that pre-flight saw
   * @throws SamlRefusal when the bytes hold anything but that assertion
   */
  static fromSignedBytes(signedBytes: string, original: PreflightedXml): VerifiedSignedXml {
    const assertion = reread(signedBytes);
    const isExpected =
      assertion.uri === SAML &&
      assertion.local === 'Assertion' &&
      attribute(assertion, 'ID') === original.assertionId;
    if (!isExpected)
      throw new SamlRefusal(
        'saml_signature_invalid',
        'The signed bytes are not the assertion of the response.',
      );
    return new VerifiedSignedXml(assertion);
  }
}

function reread(signedBytes: string): XmlElement {
  try {
    return readStrictXml(signedBytes, LIMITS);
  } catch (error) {
    if (error instanceof XmlRefused) throw new SamlRefusal('saml_signature_invalid', error.message);
    throw error;
  }
}

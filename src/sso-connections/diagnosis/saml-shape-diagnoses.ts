import type { Diagnosis } from './diagnosis';

/** XML that no ordinary identity provider writes: an option there, a proxy on the way, or somebody who tries. */
const odd = (title: string, explanation: string): Diagnosis => ({
  owner: 'idp_admin',
  title,
  explanation,
  hint: 'Compare with what the identity provider sent. If it did not send this, something on the way changed it, or somebody tried to get in.',
  place: 'acs_url',
});

/** Refusals of a SAML message for how it is written, before its content counts. */
export const SAML_SHAPE_DIAGNOSES = {
  saml_response_missing: {
    owner: 'idp_admin',
    title: 'No SAML response came',
    explanation: 'The browser came to the ACS URL without the form field SAMLResponse.',
    hint: 'Let the identity provider answer by HTTP-POST to {acsUrl}, and start sign-ins at our sign-in address.',
    place: 'acs_url',
  },
  saml_response_too_large: {
    owner: 'idp_admin',
    title: 'The response is too large',
    explanation: 'The SAML response is larger than 256 KiB, as a rule because of very many groups.',
    hint: 'Send only the groups that matter here.',
    place: 'attributes',
  },
  saml_response_not_base64: {
    owner: 'idp_admin',
    title: 'The response is not Base64',
    explanation: 'The form field SAMLResponse holds something else than Base64.',
    hint: 'Let the identity provider use the HTTP-POST binding; HTTP-Redirect and Artifact are not for responses here.',
    place: 'acs_url',
  },
  saml_xml_malformed: odd('The XML is broken', 'The response is not well-formed XML 1.0.'),
  saml_xml_encoding: odd('The XML is not UTF-8', 'The response is written in another encoding than UTF-8.'),
  saml_xml_doctype: odd('The XML holds a DOCTYPE', 'Document type declarations can name files and bombs.'),
  saml_xml_comment: odd('The XML holds a comment', 'Comments can make two readers see two different names.'),
  saml_xml_processing_instruction: odd(
    'The XML holds a processing instruction',
    'No identity provider needs processing instructions in a response.',
  ),
  saml_xml_cdata: odd('The XML holds a CDATA section', 'CDATA is read differently by different readers.'),
  saml_xml_namespace: odd(
    'The XML declares an unusual namespace',
    'Namespace declarations of this kind are known from attacks on signatures only.',
  ),
  saml_xml_too_deep: odd(
    'The XML is nested too deeply',
    'Elements stand inside each other more than 32 deep.',
  ),
  saml_xml_too_many_elements: {
    owner: 'idp_admin',
    title: 'The response holds too many elements',
    explanation: 'There are more elements than a response needs, as a rule because of very many groups.',
    hint: 'Send only the groups that matter here.',
    place: 'attributes',
  },
  saml_xml_too_many_attributes: {
    owner: 'idp_admin',
    title: 'The response holds too many XML attributes',
    explanation:
      'Its elements have more attributes together than a response needs, as a rule because of very many groups that each name their type.',
    hint: 'Send only the groups that matter here.',
    place: 'attributes',
  },
  saml_root_unexpected: {
    owner: 'idp_admin',
    title: 'The message is no SAML 2.0 response',
    explanation:
      'Something else came to the ACS URL: a SAML 1.1 or WS-Federation message, a request, a logout message.',
    hint: 'Use SAML 2.0 there, and enter {acsUrl} as ACS URL only.',
    place: 'acs_url',
  },
  saml_structure_invalid: odd(
    'An element stands where none may be',
    'The response does not have the structure that the standard prescribes.',
  ),
  saml_multiple_assertions: odd(
    'There is more than one assertion',
    'A response with several assertions can make two readers believe two different persons.',
  ),
  saml_encryption_unsupported: {
    owner: 'idp_admin',
    title: 'Something is encrypted in an unusual form',
    explanation:
      'Attributes are encrypted one by one, or a NameID beside another or outside the subject, or something in a form that is not supported.',
    hint: 'Encrypt the whole assertion, the NameID of its subject, or nothing.',
    place: 'encryption',
  },
  saml_encryption_algorithm_refused: {
    owner: 'idp_admin',
    title: 'The encryption uses a weak algorithm',
    explanation:
      'The assertion, or the NameID in it, is encrypted with CBC, RSA 1.5 or another algorithm that is not accepted.',
    hint: 'Choose AES-GCM and RSA-OAEP; or allow weak encryption in this connection if the product has nothing better.',
    place: 'encryption',
  },
  saml_decryption_failed: {
    owner: 'idp_admin',
    title: 'The assertion, or the NameID in it, cannot be decrypted',
    explanation: 'It was encrypted for a certificate that is not, or no longer, one of this connection.',
    hint: 'Give the identity provider the certificate of today, from {metadataUrl}.',
    place: 'encryption',
  },
  saml_verification_busy: {
    owner: 'operator',
    title: 'Too many sign-ins at once',
    explanation: 'The service had no room to verify this response in time.',
    hint: 'Try again. If it stays so, give the service more processors or instances.',
  },
  saml_verification_timeout: odd(
    'Verifying the response took too long',
    'A response of ordinary content is verified within milliseconds.',
  ),
  saml_verification_failed: odd(
    'The response could not be verified',
    'Reading the response ended in an error of a kind that no ordinary response causes.',
  ),
  saml_id_invalid: odd('An element has no usable ID', 'Signatures refer to elements by their ID.'),
  saml_duplicate_id: odd('Two elements share an ID', 'It is open which of them a signature means.'),
  saml_signature_misplaced: odd(
    'A signature stands in the wrong place',
    'A signature belongs directly into the element that it signs.',
  ),
  saml_signature_malformed: odd(
    'The signature does not cover its element',
    'A signature must cover exactly the element that holds it.',
  ),
  saml_signature_algorithm_refused: {
    owner: 'idp_admin',
    title: 'The signature uses a weak algorithm',
    explanation: 'The signature or a digest uses SHA-1, a short key or an algorithm that is not accepted.',
    hint: 'Choose RSA-SHA256 as signature algorithm and SHA-256 as digest algorithm.',
    place: 'signing',
  },
  saml_signature_transform_refused: {
    owner: 'idp_admin',
    title: 'The signature uses an unusual transform',
    explanation: 'Only the enveloped signature transform and exclusive canonicalization are accepted.',
    hint: 'Choose exclusive canonicalization (http://www.w3.org/2001/10/xml-exc-c14n#), without comments.',
    place: 'signing',
  },
} as const satisfies Record<string, Diagnosis>;

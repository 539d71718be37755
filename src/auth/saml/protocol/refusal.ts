import { Problem } from '../../../http/problems';

/** Status and message of each refusal, for the person at the browser and the administrator. */
export const SAML_REFUSALS = {
  saml_response_missing: [400, 'The identity provider sent no SAML response.'],
  saml_response_too_large: [413, 'The SAML response is larger than 256 KiB.'],
  saml_response_not_base64: [400, 'The SAML response is not Base64.'],
  saml_xml_malformed: [400, 'The SAML response is not well-formed XML 1.0.'],
  saml_xml_encoding: [400, 'The SAML response is not UTF-8.'],
  saml_xml_doctype: [400, 'The SAML response holds a DOCTYPE declaration.'],
  saml_xml_comment: [400, 'The SAML response holds an XML comment.'],
  saml_xml_processing_instruction: [400, 'The SAML response holds a processing instruction.'],
  saml_xml_cdata: [400, 'The SAML response holds a CDATA section.'],
  saml_xml_namespace: [400, 'The SAML response holds an unusual namespace declaration.'],
  saml_xml_too_deep: [400, 'The SAML response is nested too deeply.'],
  saml_xml_too_many_elements: [400, 'The SAML response holds too many elements.'],
  saml_xml_too_many_attributes: [400, 'The SAML response holds too many attributes.'],
  saml_root_unexpected: [400, 'The message is not a SAML 2.0 Response.'],
  saml_structure_invalid: [400, 'The SAML response holds an element where none may be.'],
  saml_multiple_assertions: [400, 'The SAML response holds more than one assertion.'],
  saml_encryption_unsupported: [
    400,
    'Something is encrypted in a form that is not supported; let the identity provider encrypt the whole assertion, the NameID, or nothing.',
  ],
  saml_encryption_algorithm_refused: [
    403,
    'The assertion, or the NameID in it, is encrypted with an algorithm that is not accepted; choose AES-GCM and RSA-OAEP at the identity provider.',
  ],
  saml_decryption_failed: [
    403,
    'The assertion, or the NameID in it, cannot be decrypted with the keys of this connection.',
  ],
  saml_id_invalid: [400, 'An element of the SAML response has no usable ID.'],
  saml_duplicate_id: [400, 'Two elements of the SAML response share an ID.'],
  saml_signature_misplaced: [400, 'A signature stands where none may be.'],
  saml_signature_malformed: [400, 'A signature does not cover exactly the element that holds it.'],
  saml_signature_algorithm_refused: [
    403,
    'The signature uses an algorithm that is not accepted; choose RSA-SHA256 with SHA-256 digests at the identity provider.',
  ],
  saml_signature_transform_refused: [
    403,
    'The signature uses a transform other than enveloped signature and exclusive canonicalization.',
  ],
  saml_signature_missing: [403, 'What this connection wants signed is not signed.'],
  saml_signature_invalid: [403, 'The signature does not verify with any certificate of this connection.'],
  saml_verification_busy: [503, 'Too many sign-ins are being verified at this moment; try again.'],
  saml_verification_timeout: [400, 'Verifying the SAML response took too long.'],
  saml_verification_failed: [400, 'The SAML response could not be verified.'],
  saml_version_unsupported: [403, 'The message is not SAML 2.0.'],
  saml_status_not_success: [403, 'The identity provider did not sign the person in.'],
  saml_assertion_missing: [403, 'The SAML response holds no assertion.'],
  saml_issuer_mismatch: [403, 'The message was issued by another identity provider.'],
  saml_destination_mismatch: [403, 'The response was addressed to another URL.'],
  saml_recipient_mismatch: [403, 'The assertion was addressed to another URL.'],
  saml_audience_mismatch: [403, 'The assertion is meant for another service.'],
  saml_unsolicited: [403, 'The response answers no sign-in that was started here.'],
  saml_in_response_to_mismatch: [403, 'Response and assertion answer different requests.'],
  saml_issue_instant_invalid: [403, 'The message was not issued just now.'],
  saml_subject_invalid: [403, 'The assertion does not name its subject.'],
  saml_name_id_transient: [
    403,
    'The identity provider sends a transient NameID, by which nobody can be recognised; choose a persistent one or the email address.',
  ],
  saml_confirmation_method_unsupported: [403, 'The assertion is not a bearer assertion.'],
  saml_conditions_missing: [403, 'The assertion has no conditions.'],
  saml_condition_unknown: [403, 'The assertion carries a condition that is not understood.'],
  saml_not_yet_valid: [403, 'The assertion is not valid yet.'],
  saml_expired: [403, 'The assertion has expired.'],
  saml_authn_statement_missing: [403, 'The assertion does not say that the person was authenticated.'],
  saml_authn_instant_invalid: [403, 'The assertion does not say when the person was authenticated.'],
  saml_reauthentication_missing: [
    403,
    'This connection has people sign in anew each time, and the identity provider did not ask for it.',
  ],
  saml_authn_context_mismatch: [
    403,
    'The identity provider did not sign the person in the way that this connection asks for.',
  ],
  saml_session_expired: [403, 'The session at the identity provider has ended.'],
  saml_email_unverified: [
    403,
    'The identity provider says that the email address of this person is not verified.',
  ],
  saml_replayed: [403, 'This assertion has been used before.'],
} as const satisfies Record<string, readonly [status: number, sentence: string]>;

export type SamlRefusalCode = keyof typeof SAML_REFUSALS;

/** A refused SAML response. `reason` goes into the audit log only. */
export class SamlRefusal extends Problem {
  override readonly name = 'SamlRefusal';
  declare readonly code: SamlRefusalCode;

  constructor(code: SamlRefusalCode, reason: string) {
    const [status, sentence] = SAML_REFUSALS[code];
    super(status, code, sentence, { reason });
  }
}

import type { MetadataFault } from '../metadata/metadata-refused';
import type { CertificateFault } from '../idp-certificate';
import type { Diagnosis } from './diagnosis';

/** XML that no product writes into its metadata. */
const odd = (title: string, explanation: string): Diagnosis => ({
  owner: 'idp_admin',
  title,
  explanation,
  hint: 'Download the metadata anew from the identity provider and use the file as it is, or enter the fields one by one.',
  place: 'idp_entity_id',
});

const certificate = (title: string, explanation: string, hint: string): Diagnosis => ({
  owner: 'idp_admin',
  title,
  explanation,
  hint,
  place: 'certificate',
});

const signature = (title: string, explanation: string, hint: string): Diagnosis => ({
  owner: 'idp_admin',
  title,
  explanation,
  hint,
});

const UNREADABLE = certificate(
  'A certificate cannot be read',
  'What was given is not one X.509 certificate, in PEM or in Base64.',
  'Copy the whole signing certificate, or use the metadata, which holds it.',
);
const TOO_WEAK = certificate(
  'The key of a certificate is too weak',
  'An RSA key has fewer than 2048 bits.',
  'Make a new signing key of 2048 bits or more at the identity provider.',
);
const UNSUPPORTED = certificate(
  'A certificate holds a key of another kind',
  'Signatures are verified with RSA keys, and with keys on the curves P-256 and P-384.',
  'Choose an RSA key of 2048 bits or more for signing.',
);

/** Refusals of what an administrator enters for a SAML identity provider: its metadata, or the fields one by one. */
export const SAML_SET_UP_DIAGNOSES = {
  metadata_unreachable: {
    owner: 'workspace_admin',
    title: 'The metadata cannot be fetched',
    explanation:
      'The metadata URL is not https on a public host, does not answer in time, or answers something else.',
    hint: 'Open the URL in a browser. If it needs a sign-in or an internal network, upload the metadata as a file instead; the operator can open internal addresses by OUTBOUND_ALLOW.',
    place: 'idp_entity_id',
  },
  metadata_too_large: odd('The metadata is too large', 'The document is larger than 1 MiB.'),
  metadata_not_saml: odd(
    'The document is no SAML metadata',
    'It is no EntityDescriptor of SAML 2.0: a page for people, often one to sign in on, or metadata of another standard.',
  ),
  metadata_no_identity_provider: odd(
    'The metadata describes no identity provider',
    'There is no IDPSSODescriptor in it; it may be the metadata of an application.',
  ),
  metadata_several_identity_providers: odd(
    'The metadata describes several identity providers',
    'A connection trusts one identity provider; the document of a federation holds many. Name it by entityId beside the metadata.',
  ),
  metadata_entity_not_found: {
    owner: 'workspace_admin',
    title: 'The metadata does not describe the identity provider that was named',
    explanation: 'There are others in it, or several of the same entity ID.',
    hint: 'Compare entityId with the metadata, letter by letter.',
    place: 'idp_entity_id',
  },
  metadata_unsigned: signature(
    'The metadata is not signed',
    'The connection names certificates that its metadata has to be signed by (metadataCertificates), and there is no signature on the root of the document.',
    'Have the metadata signed, or use the address of the signed document; an admin of the workspace can take metadataCertificates back.',
  ),
  metadata_signature_invalid: signature(
    'The signature of the metadata does not verify',
    'It was made with another key than those the connection names for it, or the document was changed afterwards.',
    'Ask whoever publishes the metadata by which certificate it is signed, on another way than the document itself; if that has changed, add the new one to metadataCertificates.',
  ),
  metadata_signature_malformed: signature(
    'The signature of the metadata does not cover exactly the document',
    'It must refer to the root of the document by its ID, once, and to nothing else.',
    'Have the whole document signed as SAML metadata is: one enveloped signature over its root.',
  ),
  metadata_signature_transform_refused: signature(
    'The signature of the metadata uses a transform that is not accepted',
    'Accepted are the enveloped signature and exclusive canonicalization, in this order.',
    'Choose exclusive canonicalization where the metadata is signed.',
  ),
  metadata_signature_algorithm_refused: signature(
    'The signature of the metadata uses an algorithm that is not accepted',
    'SHA-1 is not accepted: documents can be forged that have the same digest.',
    'Choose RSA-SHA256 with SHA-256 digests where the metadata is signed.',
  ),
  metadata_signature_misplaced: signature(
    'A signature stands in the metadata where none may be',
    'A descriptor holds one signature at most, and nothing else holds any.',
    'Download the metadata anew and use the file as it is.',
  ),
  metadata_duplicate_id: signature(
    'Two elements of the metadata share an ID',
    'It could not be told which of them is signed.',
    'Download the metadata anew and use the file as it is.',
  ),
  metadata_structure_invalid: signature(
    'An element of the metadata stands in a foreign namespace',
    'A namesake of what is signed exists only to be mistaken for it.',
    'Download the metadata anew and use the file as it is.',
  ),
  metadata_unreadable: odd(
    'Reading the metadata took too long',
    'The document needs more time or memory than any that a product writes.',
  ),
  metadata_busy: {
    owner: 'operator',
    title: 'Too much metadata is being read at once',
    explanation: 'Large documents wait their turn, and the line is full.',
    hint: 'Try again in a minute.',
  },
  metadata_no_entity_id: odd(
    'The metadata names no entity ID',
    'The attribute entityID is missing or empty.',
  ),
  metadata_no_sso_service: odd(
    'The metadata names no place to sign in',
    'There is no SingleSignOnService by HTTP-Redirect or HTTP-POST.',
  ),
  metadata_url_invalid: odd(
    'The metadata names an address that is none',
    'A Location in it is no http or https URL, or carries credentials.',
  ),
  metadata_no_certificate: certificate(
    'The metadata holds no signing certificate',
    'Without it no signature can be verified.',
    'Make a signing certificate at the identity provider, activate it, and read the metadata again.',
  ),
  metadata_certificate_unreadable: UNREADABLE,
  metadata_certificate_key_too_weak: TOO_WEAK,
  metadata_certificate_key_unsupported: UNSUPPORTED,
  metadata_xml_malformed: odd(
    'The metadata is broken',
    'The document is not well-formed XML 1.0: cut off, copied out of a page that shows it, or something else than metadata.',
  ),
  metadata_xml_encoding: odd(
    'The metadata is not UTF-8',
    'The document is written in another encoding than UTF-8.',
  ),
  metadata_xml_doctype: odd(
    'The metadata holds a DOCTYPE',
    'Document type declarations can name files and bombs.',
  ),
  metadata_xml_comment: odd(
    'The metadata holds a comment',
    'A comment stands where it could hide a part of a value.',
  ),
  metadata_xml_processing_instruction: odd(
    'The metadata holds a processing instruction',
    'No identity provider needs processing instructions in its metadata.',
  ),
  metadata_xml_cdata: odd(
    'The metadata holds a CDATA section',
    'CDATA is read differently by different readers.',
  ),
  metadata_xml_namespace: odd(
    'The metadata declares an unusual namespace',
    'Namespace declarations of this kind are known from attacks only.',
  ),
  metadata_xml_too_deep: odd(
    'The metadata is nested too deeply',
    'Elements stand inside each other too deep.',
  ),
  metadata_xml_too_many_elements: odd(
    'The metadata holds too many elements',
    'No single provider needs so many.',
  ),
  metadata_xml_too_many_attributes: odd(
    'The metadata holds too many XML attributes',
    'No single provider needs so many.',
  ),
  certificate_unreadable: UNREADABLE,
  certificate_key_too_weak: TOO_WEAK,
  certificate_key_unsupported: UNSUPPORTED,
  metadata_entity_changed: {
    owner: 'workspace_admin',
    title: 'The metadata describes another identity provider now',
    explanation:
      'The document at the metadata URL names another entity ID than when the connection was set up.',
    hint: 'Ask the administrator of the identity provider. If it is meant, enter the metadata URL again and test.',
    place: 'idp_entity_id',
  },
  metadata_endpoint_moved: {
    owner: 'workspace_admin',
    title: 'The metadata sends people to another domain',
    explanation:
      'Read again, the metadata names a sign-in or logout address at a domain that people were not sent to before, or without https. Nothing of it was taken over.',
    hint: 'Ask the administrator of the identity provider. If it is meant, enter the metadata URL again and test.',
  },
  metadata_expired: {
    owner: 'idp_admin',
    title: 'The metadata has expired',
    explanation: 'The document says that it was valid until a time now past (validUntil).',
    hint: 'Have the metadata published anew; what is known of the identity provider stays in use meanwhile.',
    place: 'idp_entity_id',
  },
  nothing_to_refresh: {
    owner: 'workspace_admin',
    title: 'There is nowhere to read the settings again',
    explanation: 'What this connection knows of its provider was typed in or uploaded.',
    hint: 'Enter the metadata URL or the issuer, or change the fields by hand.',
  },
  name_id_transient_refused: {
    owner: 'workspace_admin',
    title: 'A transient NameID recognises nobody',
    explanation: 'It is another one at each sign-in.',
    hint: 'Ask for a persistent NameID or the email address.',
    place: 'name_id',
  },
  sso_post_url_required: {
    owner: 'workspace_admin',
    title: 'There is no address to post requests to',
    explanation: 'The connection is to post its requests, and no HTTP-POST sign-on URL is known.',
    hint: 'Enter the HTTP-POST single sign-on URL (`saml.ssoPostUrl`), or let requests go by HTTP-Redirect (`saml.requestBinding`: `redirect`).',
    place: 'idp_entity_id',
  },
  authn_context_comparison_refused: {
    owner: 'workspace_admin',
    title: 'The provider refuses this comparison of authentication contexts',
    explanation: 'Microsoft Entra ID takes requests whose comparison is "exact" only.',
    hint: 'Set requestedAuthnContext.comparison to exact.',
  },
} as const satisfies Record<MetadataFault | CertificateFault, Diagnosis> & Record<string, Diagnosis>;

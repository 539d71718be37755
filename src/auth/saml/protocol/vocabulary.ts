import { DS } from '../../../xml/signature-vocabulary';

/** Names that SAML 2.0 and XML Encryption fix. */
export const SAMLP = 'urn:oasis:names:tc:SAML:2.0:protocol';
export const SAML = 'urn:oasis:names:tc:SAML:2.0:assertion';
export const XENC = 'http://www.w3.org/2001/04/xmlenc#';
export const XENC11 = 'http://www.w3.org/2009/xmlenc11#';

export const STATUS_SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';
export const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
export const NAME_ID_TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';

/**
 * The required namespace of each element with a meaning. Signature libraries find some elements by local name only, so
 * an element of that name in another namespace would be read by one parser and not by the other.
 */
export const NAMESPACE_OF: ReadonlyMap<string, string> = new Map([
  ...['Response', 'Status', 'StatusCode'].map((local) => [local, SAMLP] as const),
  ...[
    ...['Assertion', 'EncryptedAssertion', 'Issuer', 'Subject', 'NameID', 'EncryptedID'],
    ...['SubjectConfirmation', 'SubjectConfirmationData', 'Conditions', 'AudienceRestriction', 'Audience'],
    ...['AuthnStatement', 'AttributeStatement', 'Attribute', 'AttributeValue', 'EncryptedAttribute'],
  ].map((local) => [local, SAML] as const),
  ...[
    ...['Signature', 'SignedInfo', 'CanonicalizationMethod', 'SignatureMethod', 'Reference', 'Transforms'],
    ...['Transform', 'DigestMethod', 'DigestValue', 'SignatureValue', 'KeyInfo', 'Object', 'Manifest'],
  ].map((local) => [local, DS] as const),
  ...[
    'EncryptedData',
    'EncryptedKey',
    'EncryptionMethod',
    'CipherData',
    'CipherValue',
    'CipherReference',
  ].map((local) => [local, XENC] as const),
]);

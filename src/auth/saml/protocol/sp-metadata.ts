import { DAY_MS } from '../../../config/durations';
import { DS } from '../../../xml/signature-vocabulary';
import { keyInfoXml, signEnveloped, type Signer } from './enveloped-signature';
import { element, text } from './logout-messages';
import { SAMLP } from './vocabulary';

/** The data of this service provider in its metadata for one connection. */
export interface ServiceProviderDescription {
  /** Of the document; starts with a letter or an underscore. */
  readonly id: string;
  readonly entityId: string;
  readonly acsUrl: string;
  readonly sloUrl: string;
  /** PEM: all keys that messages may be signed with, now, soon or until lately. */
  readonly signingCertificates: readonly string[];
  readonly encryptionCertificate: string;
  readonly signsRequests: boolean;
  readonly wantsAssertionsSigned: boolean;
  readonly nameIdFormats: readonly string[];
}

const MD = 'urn:oasis:names:tc:SAML:2.0:metadata';
const BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:';
/** What encrypted assertions are opened by, strongest first. */
const ENCRYPTION_METHODS = [
  'http://www.w3.org/2009/xmlenc11#aes256-gcm',
  'http://www.w3.org/2009/xmlenc11#aes128-gcm',
  'http://www.w3.org/2009/xmlenc11#rsa-oaep',
  'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
];
const VALID_DAYS = 365;
const START = /<md:EntityDescriptor[^>]*>/;

/**
 * SAML 2.0 metadata of a service provider (Metadata section 2.4.4), its parts in the order of the schema, signed by
 * `signer`. The same all day long: the time it is valid until changes at midnight.
 */
export function spMetadata(description: ServiceProviderDescription, signer: Signer, now: Date): string {
  const { id, entityId } = description;
  const validUntil = new Date((Math.floor(now.getTime() / DAY_MS) + VALID_DAYS) * DAY_MS);
  const root = {
    'xmlns:md': MD,
    'xmlns:ds': DS,
    ID: id,
    entityID: entityId,
    validUntil: validUntil.toISOString(),
    cacheDuration: 'P1D',
  };
  return signEnveloped(element('md:EntityDescriptor', root, roleXml(description)), signer, START);
}

function roleXml(description: ServiceProviderDescription): string {
  const { acsUrl, sloUrl, signingCertificates, encryptionCertificate, nameIdFormats } = description;
  const methods = ENCRYPTION_METHODS.map((Algorithm) => element('md:EncryptionMethod', { Algorithm }, ''));
  const parts = [
    ...signingCertificates.map((pem) => element('md:KeyDescriptor', { use: 'signing' }, keyInfoXml(pem))),
    element('md:KeyDescriptor', { use: 'encryption' }, keyInfoXml(encryptionCertificate) + methods.join('')),
    ...['HTTP-Redirect', 'HTTP-POST'].map((binding) =>
      element('md:SingleLogoutService', { Binding: BINDING + binding, Location: sloUrl }, ''),
    ),
    ...nameIdFormats.map((format) => element('md:NameIDFormat', {}, text(format))),
    element(
      'md:AssertionConsumerService',
      { Binding: `${BINDING}HTTP-POST`, Location: acsUrl, index: '0', isDefault: 'true' },
      '',
    ),
  ];
  return element(
    'md:SPSSODescriptor',
    {
      AuthnRequestsSigned: String(description.signsRequests),
      WantAssertionsSigned: String(description.wantsAssertionsSigned),
      protocolSupportEnumeration: SAMLP,
    },
    parts.join(''),
  );
}

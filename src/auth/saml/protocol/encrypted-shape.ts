import { DS } from '../../../xml/signature-vocabulary';
import { attribute, childrenOf } from '../../../xml/strict-xml';
import type { XmlElement } from '../../../xml/xml-element';
import { SamlRefusal } from './refusal';
import { XENC, XENC11 } from './vocabulary';

/** An encrypted assertion, taken apart. Which algorithms are accepted is for the connection to say. */
export interface EncryptedFacts {
  readonly algorithm: string;
  readonly value: Buffer;
  /** The content key, encrypted for us once or, among others, for us. */
  readonly keys: readonly EncryptedKeyFacts[];
}

export interface EncryptedKeyFacts {
  readonly algorithm: string;
  /** RSA-OAEP: the digest, and the mask generation function where the standard leaves it open. */
  readonly digest: string | undefined;
  readonly mask: string | undefined;
  readonly label: Buffer | undefined;
  readonly value: Buffer;
}

const MAX_KEYS = 4;

/**
 * Reads an EncryptedAssertion (SAML Core section 2.3.4, XML Encryption section 3): one EncryptedData with its
 * ciphertext, and each EncryptedKey within its KeyInfo or next to it.
 * @throws SamlRefusal `saml_encryption_unsupported` for any other form
 */
export function encryptedOf(encryptedAssertion: XmlElement): EncryptedFacts {
  const [data, second] = childrenOf(encryptedAssertion, XENC, 'EncryptedData');
  if (!data || second) throw unsupported('not one EncryptedData');
  const inside = childrenOf(data, DS, 'KeyInfo').flatMap((info) => childrenOf(info, XENC, 'EncryptedKey'));
  const keys = [...inside, ...childrenOf(encryptedAssertion, XENC, 'EncryptedKey')];
  if (keys.length === 0 || keys.length > MAX_KEYS) throw unsupported(`${keys.length} encrypted keys`);
  return { algorithm: algorithmOf(data), value: cipherValue(data), keys: keys.map(encryptedKey) };
}

function encryptedKey(element: XmlElement): EncryptedKeyFacts {
  const [method] = childrenOf(element, XENC, 'EncryptionMethod');
  const parameter = (uri: string, local: string): XmlElement | undefined =>
    method && childrenOf(method, uri, local)[0];
  const digest = parameter(DS, 'DigestMethod');
  const mask = parameter(XENC11, 'MGF');
  const label = parameter(XENC, 'OAEPparams');
  return {
    algorithm: algorithmOf(element),
    digest: digest && attribute(digest, 'Algorithm'),
    mask: mask && attribute(mask, 'Algorithm'),
    label: label && Buffer.from(label.text, 'base64'),
    value: cipherValue(element),
  };
}

function algorithmOf(element: XmlElement): string {
  const [method] = childrenOf(element, XENC, 'EncryptionMethod');
  const algorithm = method && attribute(method, 'Algorithm');
  if (!algorithm) throw unsupported(`${element.local} names no algorithm`);
  return algorithm;
}

function cipherValue(element: XmlElement): Buffer {
  const [value, second] = childrenOf(element, XENC, 'CipherData').flatMap(({ children }) => children);
  if (!value || second || value.local !== 'CipherValue' || value.children.length > 0)
    throw unsupported(`${element.local} holds no cipher value`);
  return Buffer.from(value.text, 'base64');
}

function unsupported(found: string): SamlRefusal {
  return new SamlRefusal('saml_encryption_unsupported', `The encryption has another form: ${found}.`);
}

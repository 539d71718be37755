import type { XmlElement } from '../../../xml/xml-element';
import { decrypt, type DecryptionTerms, refuseWeakEncryption } from './decryption';
import { type EncryptedFacts, encryptedOf } from './encrypted-shape';
import { parse } from './preflight';
import { SamlRefusal } from './refusal';
import { SAML } from './vocabulary';

/** What became of an EncryptedID: the name in it, or why there is none. */
export type OpenedNameId =
  | { readonly outcome: 'opened'; readonly nameId: string }
  | { readonly outcome: 'algorithm_refused' | 'undecryptable'; readonly reason: string };

/**
 * Decrypts an EncryptedID (SAML Core section 2.2.4) by the rules for an encrypted assertion.
 * @param encrypted from a message whose signature is verified: only the identity provider can have chosen the
 * ciphertext, so detailed errors do not help an attacker
 * @returns the NameID in it
 * @throws SamlRefusal `saml_encryption_algorithm_refused`, `saml_decryption_failed`, and those of any XML
 */
export function decryptNameId(encrypted: EncryptedFacts, terms: DecryptionTerms): XmlElement {
  refuseWeakEncryption(encrypted, terms.allowWeak);
  const nameId = parse(decrypt(encrypted, terms));
  if (nameId.uri === SAML && nameId.local === 'NameID' && nameId.children.length === 0) return nameId;
  throw new SamlRefusal('saml_structure_invalid', `What was encrypted is {${nameId.uri}}${nameId.local}.`);
}

/** The same for a message that has a refusal of its own for it. */
export function openEncryptedId(encryptedId: XmlElement, terms: DecryptionTerms): OpenedNameId {
  try {
    return { outcome: 'opened', nameId: decryptNameId(encryptedOf(encryptedId), terms).text };
  } catch (error) {
    if (!(error instanceof SamlRefusal)) throw error;
    const isPolicy = error.code.startsWith('saml_encryption_');
    const reason = error.extra.reason ?? error.code;
    return { outcome: isPolicy ? 'algorithm_refused' : 'undecryptable', reason };
  }
}

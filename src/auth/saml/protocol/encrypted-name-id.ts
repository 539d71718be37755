import type { XmlElement } from '../../../xml/xml-element';
import { decrypt, type DecryptionTerms, refuseWeakEncryption } from './decryption';
import { encryptedOf } from './encrypted-shape';
import { parse } from './preflight';
import { SamlRefusal } from './refusal';
import { SAML } from './vocabulary';

/** What became of an EncryptedID: the name in it, or why there is none. */
export type OpenedNameId =
  | { readonly outcome: 'opened'; readonly nameId: string }
  | { readonly outcome: 'algorithm_refused' | 'undecryptable'; readonly reason: string };

/**
 * Decrypts an EncryptedID (SAML Core section 2.2.4) by the rules for an encrypted assertion.
 * @param encryptedId from a message whose signature is verified: only the identity provider can have chosen the
 * ciphertext, so detailed errors do not help an attacker
 */
export function openEncryptedId(encryptedId: XmlElement, terms: DecryptionTerms): OpenedNameId {
  try {
    const encrypted = encryptedOf(encryptedId);
    refuseWeakEncryption(encrypted, terms.allowWeak);
    const nameId = parse(decrypt(encrypted, terms));
    if (nameId.uri === SAML && nameId.local === 'NameID' && nameId.children.length === 0)
      return { outcome: 'opened', nameId: nameId.text };
    return { outcome: 'undecryptable', reason: `What was encrypted is {${nameId.uri}}${nameId.local}.` };
  } catch (error) {
    if (!(error instanceof SamlRefusal)) throw error;
    const isPolicy = error.code.startsWith('saml_encryption_');
    const reason = error.extra.reason ?? error.code;
    return { outcome: isPolicy ? 'algorithm_refused' : 'undecryptable', reason };
  }
}

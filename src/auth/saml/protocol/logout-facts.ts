import { attribute, childrenOf } from '../../../xml/strict-xml';
import type { XmlElement } from '../../../xml/xml-element';
import type { DecryptionTerms } from './decryption';
import { type OpenedNameId, openEncryptedId } from './encrypted-name-id';
import { SAML, SAMLP } from './vocabulary';

/** The content of a logout message as text, unchecked except for its signature. */
export interface LogoutFacts {
  readonly kind: 'LogoutRequest' | 'LogoutResponse';
  readonly id: string | undefined;
  readonly version: string | undefined;
  readonly issueInstant: string | undefined;
  readonly destination: string | undefined;
  readonly issuer: string | undefined;
  /** Of a request. */
  readonly notOnOrAfter: string | undefined;
  readonly nameId: string | undefined;
  /** Where the name came encrypted. */
  readonly encryptedId: OpenedNameId | undefined;
  /** None: all sessions of the person. */
  readonly sessionIndexes: readonly string[];
  /** Of a response. */
  readonly inResponseTo: string | undefined;
  /** Top-level status code, then its subordinates. */
  readonly status: readonly string[];
}

/**
 * Reads a message about logging out; undefined for any other.
 * @param terms opens the name of the person where it comes encrypted
 */
export function readLogout(root: XmlElement, terms: DecryptionTerms): LogoutFacts | undefined {
  const { local } = root;
  if (root.uri !== SAMLP || (local !== 'LogoutRequest' && local !== 'LogoutResponse')) return undefined;
  const names = [...childrenOf(root, SAML, 'NameID'), ...childrenOf(root, SAML, 'EncryptedID')];
  const [name] = names.length === 1 ? names : [];
  const encryptedId = name?.local === 'EncryptedID' ? openEncryptedId(name, terms) : undefined;
  const plain = name?.local === 'NameID' && name.children.length === 0 ? name.text : undefined;
  return {
    kind: local,
    id: attribute(root, 'ID'),
    version: attribute(root, 'Version'),
    issueInstant: attribute(root, 'IssueInstant'),
    destination: attribute(root, 'Destination'),
    issuer: childrenOf(root, SAML, 'Issuer')[0]?.text.trim(),
    notOnOrAfter: attribute(root, 'NotOnOrAfter'),
    nameId: encryptedId?.outcome === 'opened' ? encryptedId.nameId : plain,
    encryptedId,
    // Of a session without a name some products leave the element empty: it names none.
    sessionIndexes: childrenOf(root, SAMLP, 'SessionIndex')
      .map((index) => index.text.trim())
      .filter((index) => index !== ''),
    inResponseTo: attribute(root, 'InResponseTo'),
    status: childrenOf(root, SAMLP, 'Status').flatMap(statusCodes),
  };
}

function statusCodes(parent: XmlElement): string[] {
  return childrenOf(parent, SAMLP, 'StatusCode').flatMap((code) => [
    attribute(code, 'Value') ?? '',
    ...statusCodes(code),
  ]);
}

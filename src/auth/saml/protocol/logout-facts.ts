import { attribute, childrenOf, type XmlElement } from '../../../sso-connections/strict-xml';
import { SAML, SAMLP } from './vocabulary';

/** What a message about logging out says, as text: nothing is judged here. The message's signature was verified. */
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
  readonly nameIdEncrypted: boolean;
  /** None: all sessions of the person. */
  readonly sessionIndexes: readonly string[];
  /** Of a response. */
  readonly inResponseTo: string | undefined;
  /** Top-level status code, then its subordinates. */
  readonly status: readonly string[];
}

export function readLogout(root: XmlElement): LogoutFacts | undefined {
  const { local } = root;
  if (root.uri !== SAMLP || (local !== 'LogoutRequest' && local !== 'LogoutResponse')) return undefined;
  const nameIds = childrenOf(root, SAML, 'NameID');
  const nameId = nameIds.length === 1 && nameIds[0]?.children.length === 0 ? nameIds[0].text : undefined;
  return {
    kind: local,
    id: attribute(root, 'ID'),
    version: attribute(root, 'Version'),
    issueInstant: attribute(root, 'IssueInstant'),
    destination: attribute(root, 'Destination'),
    issuer: childrenOf(root, SAML, 'Issuer')[0]?.text.trim(),
    notOnOrAfter: attribute(root, 'NotOnOrAfter'),
    nameId,
    nameIdEncrypted: childrenOf(root, SAML, 'EncryptedID').length > 0,
    sessionIndexes: childrenOf(root, SAMLP, 'SessionIndex').map((index) => index.text.trim()),
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

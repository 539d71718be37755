import { attribute, childrenOf } from '../../../xml/strict-xml';
import type { XmlElement } from '../../../xml/xml-element';
import type { VerifiedSignedXml } from './verified-xml';
import { SAML } from './vocabulary';

/** The content of an assertion as text, unchecked and complete. */
export interface AssertionFacts {
  readonly id: string | undefined;
  readonly version: string | undefined;
  readonly issueInstant: string | undefined;
  readonly issuer: string | undefined;
  readonly nameId: string | undefined;
  readonly nameIdFormat: string | undefined;
  readonly nameQualifier: string | undefined;
  readonly spNameQualifier: string | undefined;
  /** All that are offered, of any method; one that holds is enough (SAML Core section 2.4.1). */
  readonly confirmations: readonly ConfirmationFacts[];
  readonly conditions: ConditionsFacts | undefined;
  readonly authentication: AuthenticationFacts | undefined;
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

export interface ConfirmationFacts {
  readonly method: string | undefined;
  readonly recipient: string | undefined;
  readonly notBefore: string | undefined;
  readonly notOnOrAfter: string | undefined;
  readonly inResponseTo: string | undefined;
}

export interface ConditionsFacts {
  readonly notBefore: string | undefined;
  readonly notOnOrAfter: string | undefined;
  /** One list per AudienceRestriction; each of them must name us (SAML Core section 2.5.1.4). */
  readonly audiences: readonly (readonly string[])[];
  readonly unknown: readonly string[];
}

export interface AuthenticationFacts {
  readonly instant: string | undefined;
  readonly sessionIndex: string | undefined;
  readonly sessionNotOnOrAfter: string | undefined;
  readonly contextClass: string | undefined;
}

const KNOWN_CONDITIONS = ['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction'];

export function readAssertion({ assertion }: VerifiedSignedXml): AssertionFacts {
  const subject = child(assertion, 'Subject');
  const nameIds = subject ? childrenOf(subject, SAML, 'NameID') : [];
  const nameId = nameIds.length === 1 && nameIds[0]?.children.length === 0 ? nameIds[0] : undefined;
  return {
    id: attribute(assertion, 'ID'),
    version: attribute(assertion, 'Version'),
    issueInstant: attribute(assertion, 'IssueInstant'),
    issuer: child(assertion, 'Issuer')?.text.trim(),
    nameId: nameId?.text,
    nameIdFormat: nameId && attribute(nameId, 'Format'),
    nameQualifier: nameId && attribute(nameId, 'NameQualifier'),
    spNameQualifier: nameId && attribute(nameId, 'SPNameQualifier'),
    confirmations: subject ? childrenOf(subject, SAML, 'SubjectConfirmation').map(confirmationOf) : [],
    conditions: conditionsOf(assertion),
    authentication: authenticationOf(assertion),
    attributes: attributesOf(assertion),
  };
}

function confirmationOf(confirmation: XmlElement): ConfirmationFacts {
  const data = child(confirmation, 'SubjectConfirmationData');
  return {
    method: attribute(confirmation, 'Method'),
    recipient: data && attribute(data, 'Recipient'),
    notBefore: data && attribute(data, 'NotBefore'),
    notOnOrAfter: data && attribute(data, 'NotOnOrAfter'),
    inResponseTo: data && attribute(data, 'InResponseTo'),
  };
}

function conditionsOf(assertion: XmlElement): ConditionsFacts | undefined {
  const conditions = child(assertion, 'Conditions');
  if (!conditions) return undefined;
  return {
    notBefore: attribute(conditions, 'NotBefore'),
    notOnOrAfter: attribute(conditions, 'NotOnOrAfter'),
    audiences: childrenOf(conditions, SAML, 'AudienceRestriction').map((restriction) =>
      childrenOf(restriction, SAML, 'Audience').map(({ text }) => text.trim()),
    ),
    unknown: conditions.children
      .filter(({ uri, local }) => uri !== SAML || !KNOWN_CONDITIONS.includes(local))
      .map(({ local }) => local),
  };
}

function authenticationOf(assertion: XmlElement): AuthenticationFacts | undefined {
  const statement = child(assertion, 'AuthnStatement');
  if (!statement) return undefined;
  const context = child(statement, 'AuthnContext');
  return {
    instant: attribute(statement, 'AuthnInstant'),
    sessionIndex: attribute(statement, 'SessionIndex'),
    sessionNotOnOrAfter: attribute(statement, 'SessionNotOnOrAfter'),
    contextClass: context && child(context, 'AuthnContextClassRef')?.text.trim(),
  };
}

/**
 * Values by attribute name, in document order. Identity providers send several values as one Attribute with many
 * AttributeValues, or as several Attributes of the same name.
 */
function attributesOf(assertion: XmlElement): Map<string, string[]> {
  const merged = new Map<string, string[]>();
  for (const statement of childrenOf(assertion, SAML, 'AttributeStatement')) {
    for (const element of childrenOf(statement, SAML, 'Attribute')) {
      const name = attribute(element, 'Name');
      if (!name) continue;
      const values = childrenOf(element, SAML, 'AttributeValue').map(innerText);
      merged.set(name, [...(merged.get(name) ?? []), ...values.filter((value) => value !== '')]);
    }
  }
  return merged;
}

function innerText(element: XmlElement): string {
  return (element.text + element.children.map(innerText).join('')).trim();
}

function child(parent: XmlElement, local: string): XmlElement | undefined {
  return childrenOf(parent, SAML, local)[0];
}

import { TwiceSigned } from '../../../xml/canonical-xml';
import {
  type SignatureFacts,
  signatureOf as signatureIn,
  SignatureRefused,
} from '../../../xml/signature-shape';
import { DS } from '../../../xml/signature-vocabulary';
import {
  attribute,
  childrenOf,
  decodeUtf8,
  everyElement,
  readStrictXml,
  XmlRefused,
} from '../../../xml/strict-xml';
import type { XmlElement } from '../../../xml/xml-element';
import { type EncryptedFacts, encryptedOf } from './encrypted-shape';
import { LIMITS, MAX_RESPONSE_BYTES } from './limits';
import { SamlRefusal } from './refusal';
import { NAMESPACE_OF, SAML, SAMLP } from './vocabulary';

/** What a browser posted to the assertion consumer service, not yet looked at. */
export interface RawPost {
  /** The SAMLResponse field as it came: Base64 text, or nothing. */
  readonly samlResponse: unknown;
}

/**
 * What the Response says about itself outside the assertion. It may be unsigned, so it is fit to refuse a
 * sign-in and for nothing else.
 */
export interface ResponseEnvelope {
  readonly id: string | undefined;
  readonly version: string | undefined;
  readonly issueInstant: string | undefined;
  readonly destination: string | undefined;
  readonly inResponseTo: string | undefined;
  readonly issuer: string | undefined;
  /** Top-level status code, then its subordinates. */
  readonly status: readonly string[];
  /** What the identity provider says of it in words. */
  readonly statusMessage: string | undefined;
  readonly signed: boolean;
}

declare const preflighted: unique symbol;

/** A document that every parser reads alike, with signatures only where they may be; nothing is verified. */
export interface PreflightedXml {
  readonly [preflighted]: true;
  readonly envelope: ResponseEnvelope;
  /** Nothing where there is no assertion, or none yet because it is encrypted. */
  readonly assertionId: string | undefined;
  readonly responseSignature: SignatureFacts | undefined;
  readonly assertionSignature: SignatureFacts | undefined;
  /** The assertion, where both are signed. */
  readonly twiceSigned: TwiceSigned | undefined;
  readonly encryptedAssertion: EncryptedFacts | undefined;
}

const ASSERTIONS = ['Assertion', 'EncryptedAssertion'];
/** Parts that may be encrypted by themselves. Of them only the name of the subject is read. */
const ENCRYPTED_PARTS = ['EncryptedID', 'NewEncryptedID', 'EncryptedAttribute'];
const RESPONSE_CHILDREN = [
  `${SAML} Issuer`,
  `${DS} Signature`,
  `${SAMLP} Extensions`,
  `${SAMLP} Status`,
  `${SAML} Assertion`,
  `${SAML} EncryptedAssertion`,
];
const ASSERTION_CHILDREN = ['Issuer', 'Subject', 'Conditions', 'Advice']
  .map((local) => `${SAML} ${local}`)
  .concat(`${DS} Signature`);
const STATEMENTS = ['AuthnStatement', 'AttributeStatement', 'AuthzDecisionStatement'].map(
  (local) => `${SAML} ${local}`,
);

/**
 * Looks at the bytes before any signature library sees them, and lets pass only a Response whose shape
 * leaves nothing to interpretation: one assertion, signatures as direct children of what they sign, one
 * reference each, accepted algorithms, unique IDs.
 * @throws SamlRefusal naming the first fault
 */
export function preflight({ samlResponse }: RawPost): PreflightedXml {
  const root = parse(decodePosted(samlResponse));
  if (root.uri !== SAMLP || root.local !== 'Response')
    throw new SamlRefusal('saml_root_unexpected', `The root is {${root.uri}}${root.local}.`);

  const elements = refuseAmbiguity(root, childrenOf(root, SAML, 'Assertion').flatMap(encryptedNames));
  const only = onlyAssertion(root, elements);
  const assertion = only?.local === 'Assertion' ? only : undefined;
  refuseMisplacedSignatures([root, assertion], elements);
  refuseUnknownChildren(root, RESPONSE_CHILDREN, []);
  if (assertion) refuseUnknownChildren(assertion, ASSERTION_CHILDREN, STATEMENTS);
  if (assertion) encryptedNames(assertion).forEach(encryptedOf);

  const responseSignature = signatureOf(root);
  const assertionSignature = assertion && signatureOf(assertion, [root]);
  const passed: Omit<PreflightedXml, typeof preflighted> = {
    envelope: envelopeOf(root, responseSignature !== undefined),
    assertionId: assertion && idOf(assertion),
    responseSignature,
    assertionSignature,
    twiceSigned: responseSignature && assertionSignature && new TwiceSigned(assertion),
    encryptedAssertion: only && only !== assertion ? encryptedOf(only) : undefined,
  };
  return passed as PreflightedXml;
}

/**
 * Looks at an assertion that was encrypted as strictly as at one that was not.
 * @returns the response with this assertion in it, and the assertion
 * @throws SamlRefusal naming the first fault
 */
export function preflightDecrypted(
  xml: string,
  original: PreflightedXml,
): { response: PreflightedXml; assertion: XmlElement } {
  const assertion = parse(xml);
  if (assertion.uri !== SAML || assertion.local !== 'Assertion')
    throw new SamlRefusal('saml_structure_invalid', `What was encrypted is ${assertion.local}.`);
  const elements = refuseAmbiguity(assertion, encryptedNames(assertion));
  if (elements.some((element) => element !== assertion && ASSERTIONS.includes(element.local)))
    throw new SamlRefusal('saml_multiple_assertions', 'There is an assertion in what was encrypted.');
  refuseMisplacedSignatures([assertion], elements);
  refuseUnknownChildren(assertion, ASSERTION_CHILDREN, STATEMENTS);
  encryptedNames(assertion).forEach(encryptedOf);
  const found = { assertionId: idOf(assertion), assertionSignature: signatureOf(assertion) };
  return { response: { ...original, ...found }, assertion };
}

/** The text of a message that was posted in a form field: Base64 of UTF-8, of a sane size. */
export function decodePosted(posted: unknown): string {
  if (typeof posted !== 'string' || posted === '')
    throw new SamlRefusal('saml_response_missing', 'There is no SAMLResponse field with text in it.');
  const base64 = posted.replace(/[ \t\r\n]/g, '');
  if (base64.length > Math.ceil(MAX_RESPONSE_BYTES / 3) * 4)
    throw new SamlRefusal('saml_response_too_large', `${base64.length} Base64 characters.`);
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64)
    throw new SamlRefusal('saml_response_not_base64', 'SAMLResponse is not canonical Base64.');
  if (bytes.length > MAX_RESPONSE_BYTES)
    throw new SamlRefusal('saml_response_too_large', `${bytes.length} bytes.`);
  return inXmlTerms(() => decodeUtf8(bytes));
}

/** Reads a SAML message as strictly as this service reads any. */
export function parse(xml: string): XmlElement {
  return inXmlTerms(() => readStrictXml(xml, LIMITS));
}

/** The signature that is a direct child of an element: see `signatureOf` of the room `xml`. @throws SamlRefusal */
export function signatureOf(
  signed: XmlElement,
  around: readonly XmlElement[] = [],
): SignatureFacts | undefined {
  return inXmlTerms(() => signatureIn(signed, around));
}

function inXmlTerms<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof XmlRefused) throw new SamlRefusal(`saml_${error.fault}`, error.message);
    if (error instanceof SignatureRefused)
      throw new SamlRefusal(`saml_signature_${error.fault}`, error.message);
    throw error;
  }
}

/**
 * What would make two readers find different things.
 * @param encryptedParts those that may be there
 */
export function refuseAmbiguity(root: XmlElement, encryptedParts: readonly XmlElement[] = []): XmlElement[] {
  const elements = everyElement(root);
  refuseNamesakes(elements);
  refuseRepeatedIds(elements);
  const encrypted = elements.find(
    (element) => ENCRYPTED_PARTS.includes(element.local) && !encryptedParts.includes(element),
  );
  if (encrypted) throw new SamlRefusal('saml_encryption_unsupported', `There is an ${encrypted.local}.`);
  return elements;
}

/** The EncryptedID of an assertion's subject, where it is the only name there. */
export function encryptedNames(assertion: XmlElement): XmlElement[] {
  return childrenOf(assertion, SAML, 'Subject').flatMap((subject) => {
    const encrypted = childrenOf(subject, SAML, 'EncryptedID');
    const others = ['BaseID', 'NameID'].flatMap((name) => childrenOf(subject, SAML, name));
    return encrypted.length === 1 && others.length === 0 ? encrypted : [];
  });
}

/** An Assertion, Signature or Transform in a foreign namespace exists only to confuse look-ups by local name. */
function refuseNamesakes(elements: XmlElement[]): void {
  const stranger = elements.find(({ uri, local }) => (NAMESPACE_OF.get(local) ?? uri) !== uri);
  if (stranger)
    throw new SamlRefusal('saml_structure_invalid', `{${stranger.uri}}${stranger.local} is a namesake.`);
}

/** Signature libraries look for `ID`, `Id`, `id` and `xml:id` alike, so all share one name space here. */
function refuseRepeatedIds(elements: XmlElement[]): void {
  const seen = new Set<string>();
  for (const { local, attributes } of elements) {
    for (const { name, value } of attributes.filter((candidate) => candidate.local.toLowerCase() === 'id')) {
      if (seen.has(value))
        throw new SamlRefusal('saml_duplicate_id', `The ${name} of ${local} is taken: ${value}.`);
      seen.add(value);
    }
  }
}

function onlyAssertion(root: XmlElement, elements: XmlElement[]): XmlElement | undefined {
  const assertions = elements.filter(({ local }) => ASSERTIONS.includes(local));
  if (assertions.length > 1)
    throw new SamlRefusal('saml_multiple_assertions', `There are ${assertions.length} assertions.`);
  const [assertion] = assertions;
  if (assertion && !root.children.includes(assertion))
    throw new SamlRefusal('saml_structure_invalid', 'The assertion is not a child of the response.');
  return assertion;
}

/** Signatures stand as the one such child of what they sign, and nowhere else. */
export function refuseMisplacedSignatures(
  parents: readonly (XmlElement | undefined)[],
  elements: XmlElement[],
): void {
  const inPlace = parents.flatMap((parent) =>
    parent ? childrenOf(parent, DS, 'Signature').slice(0, 1) : [],
  );
  const all = elements.filter(({ local }) => local === 'Signature');
  if (all.length !== inPlace.length)
    throw new SamlRefusal(
      'saml_signature_misplaced',
      `Of ${all.length} signatures ${inPlace.length} are in place.`,
    );
}

function refuseUnknownChildren(parent: XmlElement, once: string[], many: string[]): void {
  const seen = new Set<string>();
  for (const { uri, local } of parent.children) {
    const name = `${uri} ${local}`;
    if (!once.includes(name) && !many.includes(name))
      throw new SamlRefusal('saml_structure_invalid', `${parent.local} holds {${uri}}${local}.`);
    if (once.includes(name) && seen.has(name))
      throw new SamlRefusal('saml_structure_invalid', `${parent.local} holds ${local} more than once.`);
    seen.add(name);
  }
}

function idOf(element: XmlElement): string {
  const id = attribute(element, 'ID') ?? '';
  // Not an NCName: some identity providers begin their IDs with a digit.
  if (!/^[\w.:-]{1,256}$/.test(id)) throw new SamlRefusal('saml_id_invalid', `The ID is "${id}".`);
  return id;
}

function envelopeOf(root: XmlElement, signed: boolean): ResponseEnvelope {
  return {
    id: attribute(root, 'ID'),
    version: attribute(root, 'Version'),
    issueInstant: attribute(root, 'IssueInstant'),
    destination: attribute(root, 'Destination'),
    inResponseTo: attribute(root, 'InResponseTo'),
    issuer: childrenOf(root, SAML, 'Issuer')[0]?.text.trim(),
    status: childrenOf(root, SAMLP, 'Status').flatMap(statusCodes),
    statusMessage: statusMessageOf(root),
    signed,
  };
}

function statusCodes(parent: XmlElement): string[] {
  return childrenOf(parent, SAMLP, 'StatusCode').flatMap((code) => [
    attribute(code, 'Value') ?? '',
    ...statusCodes(code),
  ]);
}

function statusMessageOf(root: XmlElement): string | undefined {
  const [message] = childrenOf(root, SAMLP, 'Status').flatMap((status) =>
    childrenOf(status, SAMLP, 'StatusMessage'),
  );
  return message?.text.trim().slice(0, 500) || undefined;
}

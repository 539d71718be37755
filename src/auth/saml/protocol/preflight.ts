import {
  attribute,
  childrenOf,
  decodeUtf8,
  everyElement,
  readStrictXml,
  type XmlElement,
  XmlRefused,
} from '../../../sso-connections/strict-xml';
import { SamlRefusal } from './refusal';
import { type SignatureFacts, signatureOf } from './signature-shape';
import { DS, NAMESPACE_OF, SAML, SAMLP } from './vocabulary';

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
  readonly version: string | undefined;
  readonly issueInstant: string | undefined;
  readonly destination: string | undefined;
  readonly inResponseTo: string | undefined;
  readonly issuer: string | undefined;
  /** Top-level status code, then its subordinates. */
  readonly status: readonly string[];
  readonly signed: boolean;
}

declare const preflighted: unique symbol;

/** A document that every parser reads alike, with signatures only where they may be; nothing is verified. */
export interface PreflightedXml {
  readonly [preflighted]: true;
  readonly xml: string;
  readonly envelope: ResponseEnvelope;
  readonly assertionId: string | undefined;
  readonly responseSignature: SignatureFacts | undefined;
  readonly assertionSignature: SignatureFacts | undefined;
}

export const MAX_RESPONSE_BYTES = 256 * 1024;
export const LIMITS = { maxDepth: 32, maxElements: 2000, maxAttributes: 4000, comments: 'refuse' } as const;

const RESPONSE_CHILDREN = [
  `${SAML} Issuer`,
  `${DS} Signature`,
  `${SAMLP} Extensions`,
  `${SAMLP} Status`,
  `${SAML} Assertion`,
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
  const xml = decode(samlResponse);
  const root = parse(xml);
  if (root.uri !== SAMLP || root.local !== 'Response')
    throw new SamlRefusal('saml_root_unexpected', `The root is {${root.uri}}${root.local}.`);

  const elements = [...everyElement(root)];
  refuseNamesakes(elements);
  refuseRepeatedIds(elements);
  const assertion = onlyAssertion(root, elements);
  refuseMisplacedSignatures(root, assertion, elements);
  refuseUnknownChildren(root, RESPONSE_CHILDREN, []);
  if (assertion) refuseUnknownChildren(assertion, ASSERTION_CHILDREN, STATEMENTS);

  const responseSignature = signatureOf(root);
  const passed: Omit<PreflightedXml, typeof preflighted> = {
    xml,
    envelope: envelopeOf(root, responseSignature !== undefined),
    assertionId: assertion && idOf(assertion),
    responseSignature,
    assertionSignature: assertion && signatureOf(assertion),
  };
  return passed as PreflightedXml;
}

function decode(posted: unknown): string {
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

function parse(xml: string): XmlElement {
  return inXmlTerms(() => readStrictXml(xml, LIMITS));
}

function inXmlTerms<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof XmlRefused) throw new SamlRefusal(`saml_${error.fault}`, error.message);
    throw error;
  }
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
  if (elements.some(({ local }) => local === 'EncryptedAssertion' || local === 'EncryptedID'))
    throw new SamlRefusal('saml_encryption_unsupported', 'There is an EncryptedAssertion or EncryptedID.');
  const assertions = elements.filter(({ local }) => local === 'Assertion');
  if (assertions.length > 1)
    throw new SamlRefusal('saml_multiple_assertions', `There are ${assertions.length} assertions.`);
  const [assertion] = assertions;
  if (assertion && !root.children.includes(assertion))
    throw new SamlRefusal('saml_structure_invalid', 'The assertion is not a child of the response.');
  return assertion;
}

function refuseMisplacedSignatures(
  root: XmlElement,
  assertion: XmlElement | undefined,
  elements: XmlElement[],
): void {
  const inPlace = [root, assertion].flatMap((parent) =>
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
    version: attribute(root, 'Version'),
    issueInstant: attribute(root, 'IssueInstant'),
    destination: attribute(root, 'Destination'),
    inResponseTo: attribute(root, 'InResponseTo'),
    issuer: childrenOf(root, SAML, 'Issuer')[0]?.text.trim(),
    status: childrenOf(root, SAMLP, 'Status').flatMap(statusCodes),
    signed,
  };
}

function statusCodes(parent: XmlElement): string[] {
  return childrenOf(parent, SAMLP, 'StatusCode').flatMap((code) => [
    attribute(code, 'Value') ?? '',
    ...statusCodes(code),
  ]);
}

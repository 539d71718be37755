import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignedXml } from 'xml-crypto';
import { bareBase64, type SigningKey } from './certificates';

const EXC_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
export const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
export const RSA_SHA1 = 'http://www.w3.org/2000/09/xmldsig#rsa-sha1';
export const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
export const SHA1 = 'http://www.w3.org/2000/09/xmldsig#sha1';
export const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
export const STATUS = 'urn:oasis:names:tc:SAML:2.0:status:';

/** Where a response goes and whose it is; what the service under test compares it with. */
export interface Trust {
  readonly acsUrl: string;
  readonly spEntityId: string;
  readonly idpEntityId: string;
  /** The ID of the AuthnRequest that is answered. */
  readonly requestId: string;
}

/** What a test changes about an otherwise impeccable response. `null` leaves the thing out. */
export interface ResponseTerms {
  now: Date;
  responseId: string;
  assertionId: string;
  version: string;
  assertionVersion: string;
  issueInstant: Date;
  assertionIssueInstant: Date;
  destination: string | null;
  inResponseTo: string | null;
  subjectInResponseTo: string | null;
  issuer: string | null;
  assertionIssuer: string | null;
  status: string;
  nameId: string | null;
  nameIdFormat: string | null;
  confirmationMethod: string | null;
  recipient: string | null;
  confirmationNotBefore: Date | null;
  confirmationNotOnOrAfter: Date | null;
  conditions: boolean;
  notBefore: Date | null;
  notOnOrAfter: Date | null;
  audience: string | null;
  extraCondition: string;
  authnStatement: boolean;
  authnInstant: Date | null;
  sessionNotOnOrAfter: Date | null;
  attributes: Record<string, string[]>;
  /** XML put in front of the assertion, after its end, into the Response. */
  beforeAssertion: string;
  afterAssertion: string;
  assertion: boolean;
}

export const newId = (): string => `_${randomBytes(16).toString('hex')}`;

const minutes = (from: Date, count: number): Date => new Date(from.getTime() + count * 60_000);

/** A complete, unsigned SAML response in the plain shape of the standard. */
export function responseXml(trust: Trust, changes: Partial<ResponseTerms> = {}): string {
  const now = changes.now ?? new Date();
  const terms: ResponseTerms = {
    now,
    responseId: newId(),
    assertionId: newId(),
    version: '2.0',
    assertionVersion: '2.0',
    issueInstant: now,
    assertionIssueInstant: now,
    destination: trust.acsUrl,
    inResponseTo: trust.requestId,
    subjectInResponseTo: trust.requestId,
    issuer: trust.idpEntityId,
    assertionIssuer: trust.idpEntityId,
    status: `${STATUS}Success`,
    nameId: 'ada@acme.test',
    nameIdFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
    confirmationMethod: BEARER,
    recipient: trust.acsUrl,
    confirmationNotBefore: null,
    confirmationNotOnOrAfter: minutes(now, 5),
    conditions: true,
    notBefore: minutes(now, -5),
    notOnOrAfter: minutes(now, 5),
    audience: trust.spEntityId,
    extraCondition: '',
    authnStatement: true,
    authnInstant: now,
    sessionNotOnOrAfter: null,
    attributes: {},
    beforeAssertion: '',
    afterAssertion: '',
    assertion: true,
    ...changes,
  };
  return (
    `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"` +
    attributes({
      ID: terms.responseId,
      Version: terms.version,
      IssueInstant: terms.issueInstant,
      Destination: terms.destination,
      InResponseTo: terms.inResponseTo,
    }) +
    `>${element('saml:Issuer', terms.issuer)}` +
    `<samlp:Status><samlp:StatusCode Value="${terms.status}"/></samlp:Status>` +
    `${terms.beforeAssertion}${terms.assertion ? assertionXml(terms) : ''}${terms.afterAssertion}</samlp:Response>`
  );
}

function assertionXml(terms: ResponseTerms): string {
  const confirmation =
    terms.confirmationMethod === null
      ? ''
      : `<saml:SubjectConfirmation Method="${terms.confirmationMethod}"><saml:SubjectConfirmationData${attributes(
          {
            NotBefore: terms.confirmationNotBefore,
            NotOnOrAfter: terms.confirmationNotOnOrAfter,
            Recipient: terms.recipient,
            InResponseTo: terms.subjectInResponseTo,
          },
        )}/></saml:SubjectConfirmation>`;
  const nameId = element('saml:NameID', terms.nameId, { Format: terms.nameIdFormat });
  const audience =
    terms.audience === null
      ? ''
      : `<saml:AudienceRestriction><saml:Audience>${terms.audience}</saml:Audience></saml:AudienceRestriction>`;
  const conditions = terms.conditions
    ? `<saml:Conditions${attributes({ NotBefore: terms.notBefore, NotOnOrAfter: terms.notOnOrAfter })}>${audience}${terms.extraCondition}</saml:Conditions>`
    : '';
  const statement = terms.authnStatement
    ? `<saml:AuthnStatement${attributes({ AuthnInstant: terms.authnInstant, SessionIndex: '_session', SessionNotOnOrAfter: terms.sessionNotOnOrAfter })}>` +
      `<saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`
    : '';
  return (
    `<saml:Assertion${attributes({ ID: terms.assertionId, Version: terms.assertionVersion, IssueInstant: terms.assertionIssueInstant })}>` +
    `${element('saml:Issuer', terms.assertionIssuer)}<saml:Subject>${nameId}${confirmation}</saml:Subject>${conditions}${statement}${attributeStatement(terms.attributes)}</saml:Assertion>`
  );
}

function attributeStatement(values: Record<string, string[]>): string {
  const entries = Object.entries(values);
  if (entries.length === 0) return '';
  const each = entries.map(
    ([name, list]) =>
      `<saml:Attribute Name="${name}">${list.map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`).join('')}</saml:Attribute>`,
  );
  return `<saml:AttributeStatement>${each.join('')}</saml:AttributeStatement>`;
}

function attributes(values: Record<string, string | Date | null>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => ` ${name}="${value instanceof Date ? value.toISOString() : value}"`)
    .join('');
}

function element(name: string, text: string | null, values: Record<string, string | null> = {}): string {
  return text === null ? '' : `<${name}${attributes(values)}>${text}</${name}>`;
}

export interface SignTerms {
  signatureAlgorithm?: string;
  digestAlgorithm?: string;
  transforms?: string[];
  canonicalization?: string;
  /** The certificate put into KeyInfo; by default that of the key. */
  shown?: SigningKey;
}

type SignedElement =
  'Response' | 'Assertion' | 'LogoutRequest' | 'LogoutResponse' | 'EntityDescriptor' | 'EntitiesDescriptor';

/** Signs an element of a document, right after its Issuer (if any) as the schema wants it. */
export function sign(xml: string, what: SignedElement, key: SigningKey, terms: SignTerms = {}): string {
  const target = `//*[local-name(.)='${what}']`;
  const hasIssuer = new RegExp(`${what}\\b[^>]*>\\s*<(\\w+:)?Issuer\\b`).test(xml);
  const signer = new SignedXml({
    privateKey: key.privateKey,
    publicCert: (terms.shown ?? key).certificate,
    signatureAlgorithm: terms.signatureAlgorithm ?? RSA_SHA256,
    canonicalizationAlgorithm: terms.canonicalization ?? EXC_C14N,
  });
  signer.addReference({
    xpath: target,
    digestAlgorithm: terms.digestAlgorithm ?? SHA256,
    transforms: terms.transforms ?? [ENVELOPED, EXC_C14N],
  });
  signer.computeSignature(xml, {
    prefix: 'ds',
    location: hasIssuer
      ? { reference: `${target}/*[local-name(.)='Issuer']`, action: 'after' }
      : { reference: target, action: 'prepend' },
  });
  return signer.getSignedXml();
}

/** Signs what is named: the inner signature first, as the outer one covers it. */
export const signAll = (
  xml: string,
  what: readonly ('Assertion' | 'Response')[],
  key: SigningKey,
  terms?: SignTerms,
): string =>
  ['Assertion' as const, 'Response' as const]
    .filter((one) => what.includes(one))
    .reduce((signed, one) => sign(signed, one, key, terms), xml);
export const signAssertion = (xml: string, key: SigningKey, terms?: SignTerms): string =>
  sign(xml, 'Assertion', key, terms);
export const signResponse = (xml: string, key: SigningKey, terms?: SignTerms): string =>
  sign(xml, 'Response', key, terms);

/** Signs metadata as its publishers do: the whole document, by the ID of its root. */
export function signMetadata(xml: string, key: SigningKey, terms?: SignTerms): string {
  const [, root] = /<(Entit(?:y|ies)Descriptor)\b/.exec(xml) as unknown as [string, SignedElement];
  const hasId = new RegExp(`<${root}[^>]*\\bID="`).test(xml);
  return sign(hasId ? xml : xml.replace(`<${root}`, `<${root} ID="${newId()}"`), root, key, terms);
}

/** Metadata of a federation: what it holds already stands in an EntitiesDescriptor. */
export const federation = (entities: readonly string[], attributes = ''): string =>
  `<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"${attributes}>` +
  `${entities.map((xml) => xml.replace(/<\?xml[^>]*\?>\s*/, '')).join('')}</EntitiesDescriptor>`;

export const toBase64 = (xml: string): string => Buffer.from(xml).toString('base64');

export const IDP_SHAPES = [
  ...['okta', 'entra', 'google', 'jumpcloud', 'onelogin', 'pingone', 'auth0', 'keycloak'],
] as const;

export interface IdpShape {
  readonly metadata: string;
  readonly entityId: string;
  readonly sign: ('Assertion' | 'Response')[];
  /** What profileOf reads out of it. */
  readonly profile: Record<string, unknown>;
  readonly subject: string;
  /** A signed response in the shape of this product. */
  response(trust: Trust, now?: Date): string;
  /** The same before it is signed. */
  unsigned(trust: Trust, now?: Date): string;
}

/** One folder of test/fixtures/saml: a product's messages with the moving parts left open. */
export function idpShape(name: string, key: SigningKey): IdpShape {
  const read = (file: string): string =>
    readFileSync(join(__dirname, '../fixtures/saml', name, file), 'utf8').trim();
  const params = JSON.parse(read('params.json')) as {
    entityId: string;
    sign: ('Assertion' | 'Response')[];
    profile: Record<string, unknown>;
    subject: string;
    window: [before: number, after: number];
  };
  const base64 = bareBase64(key.certificate);
  return {
    ...params,
    metadata: fill(read('metadata.xml'), {
      entityId: params.entityId,
      certificate: base64,
      certificateInLines: `\n${(base64.match(/.{1,64}/g) ?? []).join('\n')}\n`,
    }),
    unsigned(trust, now = new Date()) {
      const [before, after] = params.window;
      const at = (seconds: number) => new Date(now.getTime() + seconds * 1000).toISOString();
      return fill(read('response.xml'), {
        ...trust,
        responseId: newId().slice(1).toUpperCase().replace(/^\d/, 'r'),
        assertionId: newId(),
        now: at(0),
        notBefore: at(-before),
        notOnOrAfter: at(after),
        yesterday: at(-86_000),
        inAnHour: at(3600),
      });
    },
    response(trust, now) {
      return signAll(this.unsigned(trust, now), params.sign, key);
    },
  };
}

function fill(template: string, values: Record<string, string>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`The fixture wants "${name}".`);
    return value;
  });
}

import { SAML, SAMLP, STATUS_SUCCESS } from './vocabulary';

/** Who is meant, in the very words of the assertion that signed them in (SAML Core section 8.3). */
export interface NameId {
  readonly nameId: string;
  readonly format?: string | undefined;
  readonly nameQualifier?: string | undefined;
  readonly spNameQualifier?: string | undefined;
}

/** The attributes and elements that all our messages start with. */
export interface Envelope {
  readonly id: string;
  readonly issuer: string;
  readonly destination: string;
  readonly now: Date;
}

const STATUS_REQUESTER = 'urn:oasis:names:tc:SAML:2.0:status:Requester';
const STATUS_RESPONDER = 'urn:oasis:names:tc:SAML:2.0:status:Responder';
export const STATUS_UNKNOWN_PRINCIPAL = 'urn:oasis:names:tc:SAML:2.0:status:UnknownPrincipal';
export const STATUS_REQUEST_DENIED = 'urn:oasis:names:tc:SAML:2.0:status:RequestDenied';

const REQUEST_SECONDS = 300;

/** A LogoutRequest (SAML Core section 3.7.1) for one session, or for all of the person's when it has no index. */
export function logoutRequestXml(
  envelope: Envelope,
  { nameId, format, nameQualifier, spNameQualifier }: NameId,
  sessionIndex: string | null,
): string {
  const notOnOrAfter = new Date(envelope.now.getTime() + REQUEST_SECONDS * 1000).toISOString();
  const qualifiers = { NameQualifier: nameQualifier, SPNameQualifier: spNameQualifier, Format: format };
  const index = sessionIndex === null ? '' : element('samlp:SessionIndex', {}, text(sessionIndex));
  return message(
    'LogoutRequest',
    envelope,
    { NotOnOrAfter: notOnOrAfter, Reason: 'urn:oasis:names:tc:SAML:2.0:logout:user' },
    element('saml:NameID', qualifiers, text(nameId)) + index,
  );
}

export type LogoutStatus =
  { readonly outcome: 'success' } | { readonly outcome: 'requester' | 'responder'; readonly detail: string };

/** A LogoutResponse (SAML Core section 3.7.2). */
export function logoutResponseXml(envelope: Envelope, inResponseTo: string, status: LogoutStatus): string {
  const top = { success: STATUS_SUCCESS, requester: STATUS_REQUESTER, responder: STATUS_RESPONDER };
  const second =
    status.outcome === 'success' ? '' : element('samlp:StatusCode', { Value: status.detail }, '');
  const code = element('samlp:StatusCode', { Value: top[status.outcome] }, second);
  return message(
    'LogoutResponse',
    envelope,
    { InResponseTo: inResponseTo },
    element('samlp:Status', {}, code),
  );
}

/** A message of the protocol: `content` is XML already, and follows the Issuer. */
export function message(
  name: string,
  { id, issuer, destination, now }: Envelope,
  attributes: Readonly<Record<string, string | undefined>>,
  content: string,
): string {
  return element(
    `samlp:${name}`,
    {
      'xmlns:samlp': SAMLP,
      'xmlns:saml': SAML,
      ID: id,
      Version: '2.0',
      IssueInstant: now.toISOString(),
      Destination: destination,
      ...attributes,
    },
    element('saml:Issuer', {}, text(issuer)) + content,
  );
}

/** An element as text; attributes that are undefined are left out, `content` is XML already. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | undefined>>,
  content: string,
): string {
  const written = Object.entries(attributes)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([key, value]) => ` ${key}="${text(value)}"`)
    .join('');
  return content === '' ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

/** Character data, fit for content and attribute values alike. */
export function text(value: string): string {
  return value.replace(/[&<>"\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

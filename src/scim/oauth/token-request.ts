import { SCIM_SCOPES, type ScimScope } from '../../access/scim-scopes';
import { OAuthRefusal } from '../../http/oauth-refusal';

/** The token endpoint. */
export const TOKEN_PATH = '/oauth/token';

/** A token request with its client authentication. */
export interface TokenRequest {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Undefined: all scopes of the client. */
  readonly scopes: readonly ScimScope[] | undefined;
}

interface Received {
  readonly contentType: string | undefined;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

const FIELDS = ['grant_type', 'client_id', 'client_secret', 'scope'] as const;
type Form = { readonly [Field in (typeof FIELDS)[number]]?: string };

/**
 * Reads a token request with the client credentials grant (RFC 6749 section 4.4.2). The client authenticates in the
 * Authorization header or in the body (section 2.3.1), not in both.
 * @throws OAuthRefusal
 */
export function readTokenRequest({ contentType, authorization, body }: Received): TokenRequest {
  const form = formOf(contentType, body);
  if (form.grant_type === undefined) throw invalid('grant_type is missing.');
  if (form.grant_type !== 'client_credentials')
    throw new OAuthRefusal('unsupported_grant_type', 'The only grant here is client_credentials.');
  const scopes = scopesOf(form.scope);
  if (authorization === undefined) return { ...credentialsInBody(form), scopes };

  if (form.client_secret !== undefined)
    throw invalid('Send the secret in the header or in the body, not in both.');
  const { clientId, clientSecret } = credentialsInHeader(authorization);
  if (form.client_id !== undefined && form.client_id !== clientId)
    throw invalid('The header and the body name different clients.');
  return { clientId, clientSecret, scopes };
}

/** The same refusal whatever is wrong with the client. */
export const unknownClient = (): OAuthRefusal =>
  new OAuthRefusal('invalid_client', 'The client or its secret is wrong, expired or revoked.');

/** A repeated parameter is an error; an empty one counts as absent (section 3.2). */
function formOf(contentType: string | undefined, body: unknown): Form {
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType ?? ''))
    throw invalid('The body has to be a form: application/x-www-form-urlencoded.');
  const fields = { ...(body as Record<string, unknown> | null | undefined) };
  const given = FIELDS.filter((name) => fields[name] !== undefined && fields[name] !== '');
  const repeated = given.find((name) => typeof fields[name] !== 'string');
  if (repeated) throw invalid(`${repeated} comes more than once.`);
  return Object.fromEntries(given.map((name) => [name, fields[name]]));
}

function credentialsInBody({ client_id: clientId, client_secret: clientSecret }: Form): {
  clientId: string;
  clientSecret: string;
} {
  if (clientId === undefined || clientSecret === undefined) throw unknownClient();
  return { clientId, clientSecret };
}

/** Both parts are form-encoded before they are joined (section 2.3.1). */
function credentialsInHeader(authorization: string): { clientId: string; clientSecret: string } {
  const encoded = /^Basic +([\w+/=-]+)$/i.exec(authorization)?.[1];
  const pair = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString();
  const at = pair.indexOf(':');
  if (at < 0) throw unknownClient();
  try {
    const [clientId, clientSecret] = [pair.slice(0, at), pair.slice(at + 1)].map((part) =>
      decodeURIComponent(part.replaceAll('+', ' ')),
    ) as [string, string];
    return { clientId, clientSecret };
  } catch {
    throw unknownClient();
  }
}

function scopesOf(text: string | undefined): ScimScope[] | undefined {
  if (text === undefined) return undefined;
  const named = text.split(' ').filter((word) => word !== '');
  const known = SCIM_SCOPES.filter((scope) => named.includes(scope));
  if (known.length > 0 && known.length === new Set(named).size) return known;
  throw new OAuthRefusal('invalid_scope', `The scopes here are ${SCIM_SCOPES.join(', ')}.`);
}

const invalid = (detail: string): OAuthRefusal => new OAuthRefusal('invalid_request', detail);

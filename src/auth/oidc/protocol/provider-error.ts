import { parseStrictJsonObject } from '../../../crypto/strict-json';
import { OidcRefusal, type OidcRefusalCode } from './refusal';

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** How the client proved itself, and how it might. */
interface Methods {
  readonly tokenEndpointAuthMethod: string;
  readonly tokenEndpointAuthMethodsSupported: readonly string[];
}

type ErrorFields = { readonly error?: unknown; readonly error_description?: unknown };

/** The JSON of an error response; empty when it is not JSON. */
export function errorOf(body: Buffer): ErrorFields {
  try {
    return parseStrictJsonObject(body);
  } catch {
    return {};
  }
}

/** A token endpoint that refuses (RFC 6749 section 5.2). */
export function refusedExchange({ status, body }: Answer, methods: Methods): OidcRefusal {
  const said = errorOf(body);
  const reason = `the token endpoint answered with status ${status} ${wordsOf(said)}`.trim();
  if (isAboutGroups(said)) return new OidcRefusal('oidc_too_many_groups', reason);
  switch (said.error) {
    case 'invalid_grant':
      return new OidcRefusal('oidc_code_refused', reason);
    case 'invalid_client':
    case 'unauthorized_client':
      return new OidcRefusal('oidc_client_refused', `${reason}. ${advice(methods)}`);
    default:
      return new OidcRefusal('oidc_token_request_refused', reason);
  }
}

/** An error in the place of what was asked for. */
export function providerRefusal(said: ErrorFields, place: string): OidcRefusal {
  const code: OidcRefusalCode = isAboutGroups(said)
    ? 'oidc_too_many_groups'
    : said.error === 'access_denied'
      ? 'oidc_access_denied'
      : 'oidc_provider_error';
  return new OidcRefusal(code, `${place} answered ${wordsOf(said)}`);
}

/** Okta fails rather than leave some of more than 100 groups out, and says so in words only. */
export function isAboutGroups({ error_description: description }: ErrorFields): boolean {
  return typeof description === 'string' && /\btoo many groups\b/i.test(description);
}

export function wordsOf({ error, error_description: description }: ErrorFields): string {
  const words = [error, description].filter((part) => typeof part === 'string' && part !== '');
  return words.join(': ').slice(0, 500);
}

/**
 * Some providers accept a single client authentication method without announcing it. The secret is not retried with
 * another method: it may just be wrong, and providers lock clients that keep trying.
 */
function advice({
  tokenEndpointAuthMethod: used,
  tokenEndpointAuthMethodsSupported: offered,
}: Methods): string {
  const others = ['client_secret_basic', 'client_secret_post'].filter(
    (method) => method !== used && (offered.length === 0 || offered.includes(method)),
  );
  const alternative = others[0] ? `, and whether the provider wants ${others[0]} of it` : '';
  return `The client proved itself by ${used}: check the client id and secret${alternative}`;
}

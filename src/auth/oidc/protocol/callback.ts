import { OidcRefusal } from './refusal';

/** What the provider sent the browser back with: a code, or an error. */
export type AuthorizationResponse =
  { readonly state: string; readonly code: string } | { readonly state: string; readonly error: OidcRefusal };

/** Who the answer has to come from. */
export interface ExpectedProvider {
  readonly issuer: string;
  readonly issParameterSupported: boolean;
}

const MAX_LENGTH = 8192;

/**
 * Reads the query of the redirect URI (RFC 6749 sections 4.1.2 and 4.1.2.1). An `iss` parameter is compared
 * whenever it is there, and has to be there when the provider promised it (RFC 9207 section 2.4): an answer of
 * another provider goes no further.
 * @throws OidcRefusal
 */
export function readCallback(query: unknown, provider: ExpectedProvider): AuthorizationResponse {
  const [iss, state, code, error, description] = ['iss', 'state', 'code', 'error', 'error_description'].map(
    (name) => parameter(query, name),
  );
  if (iss === undefined && provider.issParameterSupported)
    throw new OidcRefusal('oidc_response_issuer_missing', 'there is no iss parameter');
  if (iss !== undefined && iss !== provider.issuer)
    throw new OidcRefusal('oidc_response_issuer_mismatch', `iss is ${iss}`);

  if (state === undefined) throw new OidcRefusal('oidc_response_invalid', 'there is no state');
  if (error !== undefined) {
    const denied = error === 'access_denied';
    const reason = [error, description].filter(Boolean).join(': ').slice(0, 500);
    return { state, error: new OidcRefusal(denied ? 'oidc_access_denied' : 'oidc_provider_error', reason) };
  }
  if (code === undefined) throw new OidcRefusal('oidc_response_invalid', 'there is neither code nor error');
  return { state, code };
}

/** A parameter that is there once and says something (RFC 6749 section 3.1). */
function parameter(query: unknown, name: string): string | undefined {
  const value = (query as Record<string, unknown>)[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw new OidcRefusal('oidc_response_invalid', `${name} is repeated`);
  if (value.length > MAX_LENGTH) throw new OidcRefusal('oidc_response_invalid', `${name} is too long`);
  return value;
}

import { isAboutGroups, wordsOf } from './provider-error';
import { isIssuer, type IssuerSettings } from './provider-issuer';
import { OidcRefusal } from './refusal';

/** What the provider sent the browser back with: a code, or an error. */
export type AuthorizationResponse =
  { readonly state: string; readonly code: string } | { readonly state: string; readonly error: OidcRefusal };

/** Who the answer has to come from. */
export interface ExpectedProvider extends IssuerSettings {
  readonly issParameterSupported: boolean;
}

const MAX_LENGTH = 8192;

/**
 * Reads the query of the redirect URI (RFC 6749 sections 4.1.2 and 4.1.2.1). An answer of another provider goes no
 * further.
 * @throws OidcRefusal
 */
export function readCallback(query: unknown, provider: ExpectedProvider): AuthorizationResponse {
  readResponseIssuer(query, provider);
  const [state, code, error, description] = ['state', 'code', 'error', 'error_description'].map((name) =>
    parameter(query, name),
  );
  if (state === undefined) throw new OidcRefusal('oidc_response_invalid', 'there is no state');
  if (error !== undefined) {
    const said = { error, error_description: description };
    const otherwise = error === 'access_denied' ? 'oidc_access_denied' : 'oidc_provider_error';
    const code = isAboutGroups(said) ? 'oidc_too_many_groups' : otherwise;
    return { state, error: new OidcRefusal(code, wordsOf(said)) };
  }
  if (code === undefined) throw new OidcRefusal('oidc_response_invalid', 'there is neither code nor error');
  return { state, code };
}

/**
 * An `iss` parameter is compared whenever it is there, and has to be there when the provider promised it (RFC 9207
 * section 2.4).
 * @throws OidcRefusal
 */
export function readResponseIssuer(query: unknown, provider: ExpectedProvider): string | undefined {
  const iss = parameter(query, 'iss');
  if (iss === undefined && provider.issParameterSupported)
    throw new OidcRefusal('oidc_response_issuer_missing', 'there is no iss parameter');
  if (iss !== undefined && !isIssuer(provider, iss))
    throw new OidcRefusal('oidc_response_issuer_mismatch', `iss is ${iss}`);
  return iss;
}

/** A parameter that is there once and says something (RFC 6749 section 3.1). */
function parameter(query: unknown, name: string): string | undefined {
  const value = (query as Record<string, unknown>)[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw new OidcRefusal('oidc_response_invalid', `${name} is repeated`);
  if (value.length > MAX_LENGTH) throw new OidcRefusal('oidc_response_invalid', `${name} is too long`);
  return value;
}

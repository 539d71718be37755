import type { SamlClaims } from './claims';

const CONTEXT = 'urn:oasis:names:tc:SAML:2.0:ac:classes:';
const ENTRA_METHODS = 'http://schemas.microsoft.com/claims/authnmethodsreferences';

/** AuthnContext classes and their RFC 8176 method names. */
const METHODS: ReadonlyMap<string, readonly string[]> = new Map([
  [`${CONTEXT}Password`, ['pwd']],
  [`${CONTEXT}PasswordProtectedTransport`, ['pwd']],
  [`${CONTEXT}TimeSyncToken`, ['otp']],
  [`${CONTEXT}MobileTwoFactorContract`, ['mfa']],
  [`${CONTEXT}MobileTwoFactorUnregistered`, ['mfa']],
  ['https://refeds.org/profile/mfa', ['mfa']],
  ['http://schemas.microsoft.com/claims/multipleauthn', ['mfa']],
  ['http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password', ['pwd']],
]);

/** The methods that the assertion shows; unknown values add nothing. */
export function methodsOf({
  authnContextClass,
  attributes,
}: Pick<SamlClaims, 'authnContextClass' | 'attributes'>): string[] {
  const said = [authnContextClass ?? '', ...(attributes.get(ENTRA_METHODS) ?? [])];
  return [...new Set(said.flatMap((reference) => METHODS.get(reference) ?? []))];
}

/** Some products leave out the fraction of a second in one of two times that are the same. */
const SAME_MS = 1_000;

/**
 * When the session at the identity provider ends. Ignores a SessionNotOnOrAfter that repeats NotOnOrAfter of the
 * assertion, as some products send: five minutes would sign people out all day. An earlier time counts.
 */
export function sessionEndOf({
  sessionNotOnOrAfter,
  notOnOrAfter,
}: Pick<SamlClaims, 'sessionNotOnOrAfter' | 'notOnOrAfter'>): Date | undefined {
  if (!sessionNotOnOrAfter) return undefined;
  const isRepeated = Math.abs(sessionNotOnOrAfter.getTime() - notOnOrAfter.getTime()) < SAME_MS;
  return isRepeated ? undefined : sessionNotOnOrAfter;
}

/**
 * RFC 8176 words by which a provider says that it asked for more than something known: several factors, or one that
 * is held or part of the person. What the device or the place told (`wia`, `geo`, `rba`) is no factor.
 */
const FACTORS: ReadonlySet<string> = new Set([
  'mfa',
  ...['otp', 'hwk', 'swk', 'sc', 'sms', 'tel'],
  ...['face', 'fpt', 'iris', 'retina', 'vbm'],
]);

/** Contexts that mean the same: AuthnContextClassRef of SAML, `acr` of OpenID Connect. */
const CONTEXTS: ReadonlySet<string> = new Set([
  'https://refeds.org/profile/mfa',
  'http://schemas.microsoft.com/claims/multipleauthn',
  'http://schemas.openid.net/pape/policies/2007/06/multi-factor',
  'urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract',
  'urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorUnregistered',
  'urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI',
  'urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken',
  // OpenID Connect Extended Authentication Profile (EAP) ACR Values.
  'phr',
  'phrh',
]);

/** Whether the provider gave evidence of more than one factor. What it does not say, it is not taken to have done. */
export const showsSecondFactor = (amr: readonly string[], acr: string | undefined): boolean =>
  amr.some((word) => FACTORS.has(word)) || (acr !== undefined && CONTEXTS.has(acr));

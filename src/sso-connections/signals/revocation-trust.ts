import { detectProvider } from '../detected-provider';
import { vendorOf } from '../diagnosis/vendor-consoles';

/** Whose order to end sessions counts, for whom it has to be meant, and where its keys are. */
export interface RevocationTrust {
  readonly issuer: string;
  readonly subject: string;
  readonly jwksUri: string;
}

const OKTA_CUSTOM_SERVER = /^\/oauth2\/[^/]+\/?$/;

/** Where an Okta organisation publishes the keys it speaks for itself with. */
export const organisationKeys = (issuer: string): string => `${issuer.replace(/\/$/, '')}/oauth2/v1/keys`;

/**
 * The trust that follows from an OIDC connection: its provider may revoke what it issued, and knows us by the client
 * id. Okta signs revocations as the organisation, even when a custom authorization server issues the ID tokens. A SAML
 * connection implies no such trust, because its entity id is not an issuer URL.
 */
export function impliedRevocationTrust({
  provider,
  oidc,
}: {
  readonly provider: string;
  readonly oidc?:
    { readonly issuer: string; readonly clientId: string; readonly jwksUri: string } | undefined;
}): RevocationTrust | undefined {
  if (!oidc || oidc.issuer.includes('{tenantid}')) return undefined;
  const { issuer, clientId: subject, jwksUri } = oidc;
  const { origin, pathname } = new URL(issuer);
  const isOkta = vendorOf(provider) === 'okta' || detectProvider([issuer])?.provider === 'okta';
  if (isOkta && OKTA_CUSTOM_SERVER.test(pathname))
    return { issuer: origin, subject, jwksUri: organisationKeys(origin) };
  return { issuer, subject, jwksUri };
}

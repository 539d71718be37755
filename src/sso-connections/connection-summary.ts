import { X509Certificate } from 'node:crypto';
import type { ConnectionWithSettings } from './connection.dto';

/** What the audit trail says about a connection: everything that decides whom it trusts, and no secret. */
export function summaryOf({ connection, saml, oidc }: ConnectionWithSettings): Record<string, unknown> {
  const { type, name, provider, attributeMapping } = connection;
  return {
    ...{ type, name, provider, attributeMapping },
    ...(saml && {
      entityId: saml.entityId,
      ssoUrl: saml.ssoUrl,
      sloUrl: saml.sloUrl,
      metadataUrl: saml.metadataUrl,
      signed: saml.signed,
      nameIdFormat: saml.nameIdFormat,
      certificates: saml.certificates.map((pem) => new X509Certificate(pem).fingerprint256),
    }),
    ...(oidc && {
      issuer: oidc.issuer,
      clientId: oidc.clientId,
      authorizationEndpoint: oidc.authorizationEndpoint,
      tokenEndpoint: oidc.tokenEndpoint,
      jwksUri: oidc.jwksUri,
      userinfoEndpoint: oidc.userinfoEndpoint,
      scopes: oidc.scopes,
    }),
  };
}

/** The fields that differ, as they were and as they are. */
export function differences(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): { before: Record<string, unknown>; after: Record<string, unknown> } {
  const changed = Object.keys(after).filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  );
  const pick = (from: Record<string, unknown>) => Object.fromEntries(changed.map((key) => [key, from[key]]));
  return { before: pick(before), after: pick(after) };
}

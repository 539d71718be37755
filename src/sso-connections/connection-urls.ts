/** What an administrator types into the identity provider: one service provider, or client, per connection. */
export interface ServiceProviderAddresses {
  entityId: string;
  acsUrl: string;
  metadataUrl: string;
  sloUrl: string;
}

/** Where a page of ours posts a logout to an identity provider that takes it in no other way. */
export const logoutPageUrl = (publicUrl: string, connectionId: string): string =>
  `${publicUrl}/sso/saml/${connectionId}/logout`;

export interface RelyingPartyAddresses {
  redirectUri: string;
  /** For "initiate login URI" fields (OpenID Connect Core section 4). */
  initiateLoginUri: string;
  /** For "back-channel logout URI" fields (OpenID Connect Back-Channel Logout 1.0 section 2.2). */
  backchannelLogoutUri: string;
  /** For "post-logout redirect URI" fields (OpenID Connect RP-Initiated Logout 1.0 section 2). */
  postLogoutRedirectUri: string;
  /** The keys of a client that proves itself by private_key_jwt. */
  jwksUri: string;
}

export function serviceProviderAddresses(publicUrl: string, connectionId: string): ServiceProviderAddresses {
  const base = `${publicUrl}/sso/saml/${connectionId}`;
  return {
    entityId: `${base}/metadata`,
    acsUrl: `${base}/acs`,
    metadataUrl: `${base}/metadata`,
    sloUrl: `${base}/slo`,
  };
}

export function relyingPartyAddresses(publicUrl: string, connectionId: string): RelyingPartyAddresses {
  const base = `${publicUrl}/sso/oidc/${connectionId}`;
  return {
    redirectUri: `${base}/callback`,
    initiateLoginUri: `${base}/initiate`,
    backchannelLogoutUri: `${base}/backchannel-logout`,
    postLogoutRedirectUri: `${base}/logged-out`,
    jwksUri: `${base}/jwks`,
  };
}

/** Where others tell us that sessions of a connection have to end. */
export interface SignalAddresses {
  revocationUrl: string;
  eventsUrl: string;
}

export function signalAddresses(
  publicUrl: string,
  { id, type }: { id: string; type: 'saml' | 'oidc' },
): SignalAddresses {
  const base = `${publicUrl}/sso/${type}/${id}`;
  return { revocationUrl: `${base}/global-token-revocation`, eventsUrl: `${base}/events` };
}

/** Where a browser starts a sign-in. */
export function loginUrl(publicUrl: string, { id, type }: { id: string; type: 'saml' | 'oidc' }): string {
  return `${publicUrl}/sso/${type}/${id}/login`;
}

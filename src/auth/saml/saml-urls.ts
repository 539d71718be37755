export interface ServiceProviderUrls {
  /** The URL of our metadata, which is our name as well. */
  readonly entityId: string;
  /** Where the identity provider posts its responses. */
  readonly acsUrl: string;
}

/** Every connection is a service provider of its own, so a response for one is never good for another. */
export function serviceProviderUrls(publicUrl: string, connectionId: string): ServiceProviderUrls {
  const base = `${publicUrl}/sso/saml/${connectionId}`;
  return { entityId: `${base}/metadata`, acsUrl: `${base}/acs` };
}

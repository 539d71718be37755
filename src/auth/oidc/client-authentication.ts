import type { OidcSettings } from './oidc-provider.client';

/** How the client proves itself at the token endpoint: header and fields of the request. */
export function clientAuthentication({ clientId, clientSecret, tokenEndpointAuthMethod }: OidcSettings): {
  headers: Record<string, string>;
  fields: Record<string, string>;
} {
  const secret = clientSecret.reveal();
  if (tokenEndpointAuthMethod === 'client_secret_post')
    return { headers: {}, fields: { client_id: clientId, client_secret: secret } };
  // RFC 6749 section 2.3.1: in the header both parts are form-encoded before they are joined.
  const credentials = [clientId, secret].map(encodeURIComponent).join(':');
  return {
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    fields: {},
  };
}

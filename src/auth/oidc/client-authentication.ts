import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import type { SignInKey } from '../../sso-connections/sign-in-connection';
import { certificateThumbprintOf, keyIdOf } from './client-key';
import type { OidcSettings } from './oidc-settings';
import { issuerOf } from './protocol/provider-issuer';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const ASSERTION_SECONDS = 60;

/** How the client proves itself at the token endpoint: header and fields of the request. */
export function clientAuthentication(settings: OidcSettings): {
  headers: Record<string, string>;
  fields: Record<string, string>;
} {
  const { clientId, tokenEndpointAuthMethod: method, signingKey } = settings;
  if (method === 'private_key_jwt' && signingKey) {
    const assertion = clientAssertion(settings, signingKey, new Date());
    const fields = { client_assertion_type: ASSERTION_TYPE, client_assertion: assertion };
    return { headers: {}, fields: { client_id: clientId, ...fields } };
  }
  const secret = settings.clientSecret?.reveal();
  if (secret === undefined) throw new Error(`There is nothing to prove the client ${clientId} by ${method}.`);
  if (method === 'client_secret_post')
    return { headers: {}, fields: { client_id: clientId, client_secret: secret } };
  // RFC 6749 section 2.3.1: in the header both parts are form-encoded before they are joined.
  const credentials = [clientId, secret].map(encodeURIComponent).join(':');
  return {
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    fields: {},
  };
}

/**
 * Makes a client assertion (RFC 7523 section 2.2), valid for one minute. Its audience is the issuer and not the token
 * endpoint: providers may share an endpoint, and an assertion for one must not be accepted by another.
 */
export function clientAssertion(
  settings: Pick<OidcSettings, 'clientId' | 'issuer' | 'entraTenantId'>,
  { certificate, privateKey }: SignInKey,
  now: Date,
): string {
  const iat = Math.floor(now.getTime() / 1000);
  const header = {
    ...{ alg: 'RS256', typ: 'JWT', kid: keyIdOf(certificate) },
    // Entra knows the key by its certificate.
    'x5t#S256': certificateThumbprintOf(certificate),
  };
  const claims = {
    ...{ iss: settings.clientId, sub: settings.clientId, aud: issuerOf(settings), jti: randomUUID() },
    ...{ iat, exp: iat + ASSERTION_SECONDS },
  };
  const signed = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(signed), createPrivateKey(privateKey.reveal()));
  return `${signed}.${signature.toString('base64url')}`;
}

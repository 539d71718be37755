import { Injectable } from '@nestjs/common';
import { JwtRefused, type VerifiedClaims, verifyJwt } from '../../crypto/jwt-verifier';
import { JsonRefused, parseStrictJsonObject } from '../../crypto/strict-json';
import type { VerificationKeys } from '../../crypto/verification-keys';
import { OutboundClient, type OutboundRequest, type OutboundResponse } from '../../outbound/outbound.client';
import { OutboundFailed, OutboundRefused } from '../../outbound/outbound.errors';
import type { SignInConnection } from '../../sso-connections/sign-in-connection';
import { JwksCache, JwksUnusable } from './jwks-cache';
import { OidcRefusal } from './protocol/refusal';

export type OidcSettings = NonNullable<SignInConnection['oidc']>;

/** What the token endpoint handed out; nothing of it is verified yet. */
export interface TokenAnswer {
  readonly idToken: string;
  /** Only a bearer token is of use here. */
  readonly accessToken?: string;
}

const MAX_TOKEN_BYTES = 64 * 1024;
const MAX_USERINFO_BYTES = 64 * 1024;

/** The questions a connection asks its provider directly. Every failure is an OidcRefusal. */
@Injectable()
export class OidcProviderClient {
  constructor(
    private readonly outbound: OutboundClient,
    private readonly jwks: JwksCache,
  ) {}

  /** Exchanges the code (RFC 6749 section 4.1.3, RFC 7636 section 4.5). */
  async redeem(
    settings: OidcSettings,
    exchange: { code: string; redirectUri: string; codeVerifier: string },
  ): Promise<TokenAnswer> {
    const { headers, fields } = clientAuthentication(settings);
    const answer = await this.ask({
      url: settings.tokenEndpoint,
      method: 'POST',
      headers: {
        ...headers,
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: exchange.code,
        redirect_uri: exchange.redirectUri,
        code_verifier: exchange.codeVerifier,
        ...fields,
      }).toString(),
      maxBytes: MAX_TOKEN_BYTES,
    });
    if (answer.status !== 200) throw refusedExchange(answer);

    const { id_token: idToken, access_token: accessToken, token_type: type } = jsonOf(answer);
    if (typeof idToken !== 'string')
      throw new OidcRefusal('oidc_answer_invalid', 'the token endpoint handed out no ID token');
    const bearer = typeof type === 'string' && type.toLowerCase() === 'bearer';
    return { idToken, ...(bearer && typeof accessToken === 'string' && { accessToken }) };
  }

  /** Verifies an ID token with the keys the provider publishes; an unknown key is looked for once more. */
  async verify(settings: OidcSettings, idToken: string, nonce: string, now: Date): Promise<VerifiedClaims> {
    const { issuer, clientId, jwksUri } = settings;
    const verifyWith = (keys: VerificationKeys) =>
      verifyJwt('id_token', idToken, { keys, issuer, audience: clientId, nonce, now });
    try {
      const keys = await this.jwks.get(jwksUri);
      try {
        return verifyWith(keys);
      } catch (error) {
        const unknownKey = error instanceof JwtRefused && error.fault === 'key_unknown';
        const newer = unknownKey ? await this.jwks.newerThan(keys, jwksUri) : undefined;
        if (!newer) throw error;
        return verifyWith(newer);
      }
    } catch (error) {
      if (error instanceof JwtRefused) throw new OidcRefusal(`id_token_${error.fault}`, error.reason);
      if (error instanceof JwksUnusable) throw new OidcRefusal('oidc_keys_invalid', error.message);
      throw outboundRefusal(error, jwksUri);
    }
  }

  /**
   * Asks who the person is (OpenID Connect Core section 5.3). The answer counts only for the subject of the ID
   * token, since an access token may have been swapped for somebody else's.
   */
  async userinfo(
    { userinfoEndpoint }: OidcSettings,
    accessToken: string,
    subject: string,
  ): Promise<Record<string, unknown>> {
    if (userinfoEndpoint === undefined) return {};
    const answer = await this.ask({
      url: userinfoEndpoint,
      headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json' },
      maxBytes: MAX_USERINFO_BYTES,
    });
    if (answer.status !== 200)
      throw new OidcRefusal('oidc_userinfo_refused', `userinfo answered with status ${answer.status}`);
    const claims = jsonOf(answer);
    if (claims.sub !== subject)
      throw new OidcRefusal('oidc_userinfo_subject_mismatch', 'sub is not that of the ID token');
    return claims;
  }

  private async ask(request: OutboundRequest): Promise<OutboundResponse> {
    try {
      const answer = await this.outbound.request(request);
      if (answer.status >= 500 || answer.status === 429)
        throw new OidcRefusal('idp_unreachable', `${request.url} answered with status ${answer.status}`);
      return answer;
    } catch (error) {
      throw outboundRefusal(error, request.url);
    }
  }
}

/** RFC 6749 section 2.3.1: in the header both parts are form-encoded before they are joined. */
function clientAuthentication({ clientId, clientSecret, tokenEndpointAuthMethod }: OidcSettings): {
  headers: Record<string, string>;
  fields: Record<string, string>;
} {
  const secret = clientSecret.reveal();
  if (tokenEndpointAuthMethod === 'client_secret_post')
    return { headers: {}, fields: { client_id: clientId, client_secret: secret } };
  const credentials = [clientId, secret].map(encodeURIComponent).join(':');
  return {
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    fields: {},
  };
}

/** RFC 6749 section 5.2. */
function refusedExchange(answer: OutboundResponse): OidcRefusal {
  const { error, error_description: description } = errorOf(answer);
  const said = [error, description].filter((part) => typeof part === 'string').join(': ');
  const reason = `the token endpoint answered with status ${answer.status} ${said}`.trim().slice(0, 500);
  switch (error) {
    case 'invalid_grant':
      return new OidcRefusal('oidc_code_refused', reason);
    case 'invalid_client':
    case 'unauthorized_client':
      return new OidcRefusal('oidc_client_refused', reason);
    default:
      return new OidcRefusal('oidc_token_request_refused', reason);
  }
}

function errorOf(answer: OutboundResponse): Record<string, unknown> {
  try {
    return parseStrictJsonObject(answer.body);
  } catch {
    return {};
  }
}

function jsonOf(answer: OutboundResponse): Record<string, unknown> {
  try {
    return parseStrictJsonObject(answer.body);
  } catch (error) {
    if (error instanceof JsonRefused) throw new OidcRefusal('oidc_answer_invalid', error.message);
    throw error;
  }
}

/** Failures on the way out as refusals of the sign-in; everything else as it is. */
function outboundRefusal(error: unknown, url: string): unknown {
  // Not the reason: administrators of a workspace must not learn what names resolve to inside our network.
  if (error instanceof OutboundRefused)
    return new OidcRefusal('idp_address_refused', `${url}: ${error.message}`);
  if (!(error instanceof OutboundFailed)) return error;
  const gone = error.code === 'unreachable' || error.code === 'timeout';
  return new OidcRefusal(gone ? 'idp_unreachable' : 'oidc_answer_invalid', `${url}: ${error.message}`);
}

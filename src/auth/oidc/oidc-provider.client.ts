import { Injectable } from '@nestjs/common';
import { judgeJwt, type JwtContexts, type JwtVerdict, mayBeOfNewerKeys } from '../../crypto/jwt-verifier';
import { JsonRefused, parseStrictJsonObject } from '../../crypto/strict-json';
import type { VerificationKeys } from '../../crypto/verification-keys';
import { OutboundClient, type OutboundRequest, type OutboundResponse } from '../../outbound/outbound.client';
import { OutboundFailed, OutboundRefused } from '../../outbound/outbound.errors';
import { JwksCache, JwksUnusable } from './jwks-cache';
import { clientAuthentication } from './client-authentication';
import type { OidcSettings } from './oidc-settings';
import { errorOf, providerRefusal, refusedExchange } from './protocol/provider-error';
import { OidcRefusal } from './protocol/refusal';

/** The response of the token endpoint, not verified yet. */
export interface TokenAnswer {
  readonly idToken: string;
  /** Only a bearer token is of use here. */
  readonly accessToken?: string;
}

/** A verdict, and what the keys were looked at for once more, if they had to be. */
export type KeyedVerdict<K extends 'id_token' | 'logout_token'> = JwtVerdict<K> & {
  readonly keysReread?: { readonly because: string; readonly done: boolean };
};

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
    if (answer.status !== 200) throw refusedExchange(answer, settings);

    const {
      id_token: idToken,
      access_token: accessToken,
      token_type: type,
    } = jsonOf(answer, 'the token endpoint');
    if (typeof idToken !== 'string')
      throw new OidcRefusal('oidc_answer_invalid', 'the token endpoint handed out no ID token');
    const bearer = typeof type === 'string' && type.toLowerCase() === 'bearer';
    return { idToken, ...(bearer && typeof accessToken === 'string' && { accessToken }) };
  }

  /**
   * Holds a token against everything that is known of its issuer. Where no key that is known signed it, the keys are
   * looked at once more, if that was not done just now. Throws OidcRefusal when the keys cannot be had.
   */
  async judge<K extends 'id_token' | 'logout_token'>(
    kind: K,
    token: unknown,
    { jwksUri }: OidcSettings,
    expected: Omit<JwtContexts[K], 'keys'>,
  ): Promise<KeyedVerdict<K>> {
    const judgeWith = (keys: VerificationKeys) =>
      judgeJwt(kind, token, { ...expected, keys } as JwtContexts[K]);
    try {
      const keys = await this.jwks.get(jwksUri);
      const verdict = judgeWith(keys);
      const { refusal } = verdict;
      if (!refusal || !mayBeOfNewerKeys(refusal.fault)) return verdict;
      const newer = await this.jwks.newerThan(keys, jwksUri);
      const keysReread = { because: refusal.reason, done: newer !== undefined };
      return { ...(newer ? judgeWith(newer) : verdict), keysReread };
    } catch (error) {
      if (error instanceof JwksUnusable) throw new OidcRefusal('oidc_keys_invalid', error.message);
      throw outboundRefusal(error, jwksUri);
    }
  }

  /**
   * Requests userinfo (OpenID Connect Core section 5.3). Refuses a response whose `sub` differs from the ID token's,
   * because the access token may have been swapped for another person's.
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
    const claims = jsonOf(answer, 'userinfo');
    // Okta answers with an error in the place of the claims.
    if (claims.sub === undefined && claims.error !== undefined) throw providerRefusal(claims, 'userinfo');
    if (claims.sub !== subject)
      throw new OidcRefusal('oidc_userinfo_subject_mismatch', 'sub is not that of the ID token');
    return claims;
  }

  private async ask(request: OutboundRequest): Promise<OutboundResponse> {
    try {
      const answer = await this.outbound.request(request);
      if (answer.status >= 500 || answer.status === 429) {
        const refusal = providerRefusal(errorOf(answer.body), request.url);
        if (refusal.code === 'oidc_too_many_groups') throw refusal;
        throw new OidcRefusal('idp_unreachable', `${request.url} answered with status ${answer.status}`);
      }
      return answer;
    } catch (error) {
      throw outboundRefusal(error, request.url);
    }
  }
}

function jsonOf({ body, headers }: OutboundResponse, place: string): Record<string, unknown> {
  try {
    return parseStrictJsonObject(body);
  } catch (error) {
    if (!(error instanceof JsonRefused)) throw error;
    const type = headers['content-type']?.slice(0, 100) ?? 'no content type';
    throw new OidcRefusal('oidc_answer_invalid', `${place} answered with ${type}. ${error.message}`);
  }
}

/** Converts failures of outgoing requests to an OidcRefusal; returns other errors unchanged. */
function outboundRefusal(error: unknown, url: string): unknown {
  // Not the reason: administrators of a workspace must not learn what names resolve to inside our network.
  if (error instanceof OutboundRefused)
    return new OidcRefusal('idp_address_refused', `${url}: ${error.message}`);
  if (!(error instanceof OutboundFailed)) return error;
  const gone = error.code === 'unreachable' || error.code === 'timeout';
  return new OidcRefusal(gone ? 'idp_unreachable' : 'oidc_answer_invalid', `${url}: ${error.message}`);
}

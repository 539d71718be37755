import { type PresentedCredential, readCredential } from '../../crypto/credential';
import { OAuthRefusal } from '../../http/oauth-refusal';

export const REVOKE_PATH = '/v1/auth/revoke';

/** What somebody wants to be worthless from now on, by what it looks like. */
export type RevokedToken =
  | { readonly kind: 'access_token' }
  | { readonly kind: 'refresh_token'; readonly presented: PresentedCredential }
  | { readonly kind: 'api_key' }
  | { readonly kind: 'unknown' };

/** Ours as well, and ended where they are managed. */
const ENDED_ELSEWHERE = /^gh[a-z]_/;

/**
 * The kind of a token, from its text: token_type_hint (RFC 7009 section 2.1) is not needed. Throws 400
 * `unsupported_token_type` for credentials that are ended elsewhere.
 */
export function readRevokedToken(text: string): RevokedToken {
  if (text.startsWith('ey')) return { kind: 'access_token' };
  if (text.startsWith('gh_')) return { kind: 'api_key' };
  const presented = readCredential('ghr', text);
  if (presented) return { kind: 'refresh_token', presented };
  if (ENDED_ELSEWHERE.test(text) && !text.startsWith('ghr_')) {
    throw new OAuthRefusal(
      'unsupported_token_type',
      'Only access tokens, refresh tokens and API keys are revoked here.',
    );
  }
  return { kind: 'unknown' };
}

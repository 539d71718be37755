import { BadRequest } from '../../http/problems';
import type { BrowserReturn } from '../mfa/mfa-challenges.service';

/** An application that a sign-in is for. */
export interface ApplicationReturn extends BrowserReturn {
  readonly redirectUri: string;
}

/** What encodeURIComponent() leaves or makes. */
const VALUE = "[\\w.~!*'()%-]";
const SIGN_IN_FOR = new RegExp(
  `^/login\\?redirectUri=(${VALUE}+)(?:&state=(${VALUE}*))?(?:&codeChallenge=([\\w-]{43}))?$`,
);
/** It travels in cookies. */
const LONGEST = 2_048;

/**
 * The address of the sign-in for an application, in one spelling. It is a destination like a page of the console, and is
 * carried through whatever somebody does to sign in. Whoever opens it begins anew.
 */
export function signInFor({
  redirectUri,
  state,
  codeChallenge,
}: {
  readonly redirectUri: string;
  readonly state?: string | undefined;
  readonly codeChallenge?: string | undefined;
}): string {
  return [
    `/login?redirectUri=${encodeURIComponent(redirectUri)}`,
    ...(state === undefined ? [] : [`state=${encodeURIComponent(state)}`]),
    ...(codeChallenge === undefined ? [] : [`codeChallenge=${codeChallenge}`]),
  ].join('&');
}

export const isSignInFor = (text: string): boolean => text.length <= LONGEST && SIGN_IN_FOR.test(text);

/** The application of such an address; undefined for every other text. */
export function applicationOf(destination: string | undefined): ApplicationReturn | undefined {
  if (destination === undefined || !isSignInFor(destination)) return undefined;
  const asked = new URLSearchParams(destination.slice(destination.indexOf('?')));
  return {
    redirectUri: asked.get('redirectUri')!,
    appState: asked.get('state'),
    codeChallenge: asked.get('codeChallenge'),
  };
}

/** Exactly one of the listed ones (RFC 9700 section 2.1): no prefixes, no patterns. Throws 400 `redirect_uri_not_allowed`. */
export function refuseUnknownRedirect(redirectUri: string, { appRedirectUris }: Allowed): void {
  if (appRedirectUris.includes(redirectUri)) return;
  throw new BadRequest('redirect_uri_not_allowed', 'The application asked to return to an unknown address.');
}

interface Allowed {
  readonly appRedirectUris: readonly string[];
}

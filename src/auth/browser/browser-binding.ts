import { randomBytes } from 'node:crypto';
import { cookieValue } from '../../access/authenticator';
import { sha256 } from '../../crypto/sha256';
import { setCookie } from './cookies';

/**
 * Ties a sign-in to the browser that started it, so that nobody can be lured into finishing somebody else's. Each
 * sign-in has a cookie of its own: two tabs do not disturb each other.
 */
export interface BrowserBinding {
  readonly setCookie: string;
  /** What is stored. */
  readonly hash: Buffer;
}

/** What the browser shall `carry` until then comes back as it was: the hash is of all that the cookie holds. */
export function bindBrowser(
  requestId: string,
  secureOrigin: boolean,
  maxAgeSeconds: number,
  carry?: string,
): BrowserBinding {
  const random = randomBytes(18).toString('base64url');
  const value = carry === undefined ? random : `${random}.${Buffer.from(carry).toString('base64url')}`;
  return {
    setCookie: bindingCookie(requestId, value, secureOrigin, maxAgeSeconds),
    hash: sha256(value),
  };
}

/** The hash of what this browser shows for the sign-in; undefined when it shows nothing. */
export function shownBinding(
  requestId: string,
  cookieHeader: string | undefined,
  secureOrigin: boolean,
): Buffer | undefined {
  const value = cookieValue(cookieHeader, nameFor(requestId, secureOrigin));
  return value ? sha256(value) : undefined;
}

/** What this browser carries for the sign-in, which shownBinding() vouches for. */
export function carriedBy(
  requestId: string,
  cookieHeader: string | undefined,
  secureOrigin: boolean,
): string | undefined {
  const carried = cookieValue(cookieHeader, nameFor(requestId, secureOrigin))?.split('.')[1];
  return carried === undefined ? undefined : Buffer.from(carried, 'base64url').toString();
}

/** Takes the cookie away once the sign-in is over. */
export const releaseBrowser = (requestId: string, secureOrigin: boolean): string =>
  bindingCookie(requestId, '', secureOrigin, 0);

/**
 * `SameSite=None`, because SAML responses come as a post from the provider's site. Browsers take that only with
 * `Secure`; over plain http the attribute is left out, which lets such posts through for two minutes.
 */
function bindingCookie(requestId: string, value: string, secure: boolean, maxAgeSeconds: number): string {
  const sameSite = secure ? ('None' as const) : undefined;
  return setCookie(nameFor(requestId, secure), value, { secure, sameSite, maxAgeSeconds });
}

/** The end of a UUIDv7 is random: enough to keep the tabs of one browser apart. */
function nameFor(requestId: string, secureOrigin: boolean): string {
  return `${secureOrigin ? '__Host-' : ''}gatehouse_sign_in_${requestId.slice(-8)}`;
}

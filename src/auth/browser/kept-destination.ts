import { cookieValue } from '../../access/authenticator';
import { destinationOf } from './destination';
import { setCookie } from './cookies';

const MAX_AGE_SECONDS = 3_600;

/**
 * The Set-Cookie header by which this browser remembers the page of the console that was wanted, for whoever turns out
 * to be invited only: the link of their invitation, out of a mail, cannot say it.
 */
export const keepDestination = (destination: string, secureOrigin: boolean): string =>
  destinationCookie(Buffer.from(destination).toString('base64url'), secureOrigin, MAX_AGE_SECONDS);

/** Undefined where none is kept, or something that is no page of the console. */
export function keptDestination(cookieHeader: string | undefined, secureOrigin: boolean): string | undefined {
  const kept = cookieValue(cookieHeader, nameFor(secureOrigin));
  return kept === undefined ? undefined : destinationOf(Buffer.from(kept, 'base64url').toString());
}

/** Takes the cookie away once the page is on its way. */
export const forgetDestination = (secureOrigin: boolean): string => destinationCookie('', secureOrigin, 0);

const destinationCookie = (value: string, secure: boolean, maxAgeSeconds: number): string =>
  setCookie(nameFor(secure), value, { secure, sameSite: 'Lax', maxAgeSeconds });

/** Browsers take a cookie of the longer name from this host alone, over TLS. */
const nameFor = (secureOrigin: boolean): string =>
  secureOrigin ? '__Host-gatehouse_destination' : 'gatehouse_destination';

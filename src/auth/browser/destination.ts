import { Transform } from 'class-transformer';
import { Allow } from 'class-validator';
import { type Html, html } from '../../http/html';
import { isSignInFor } from './application-return';

/** Where somebody wanted to get before they signed in: what addresses and forms call it. */
const DESTINATION = 'destination';

/** Of pages only: what a path or a query spells in other characters leads somewhere that nobody reads off it. */
const CONSOLE_PAGE = /^\/console(?:\/[\w-]+)+(?:\?[\w.~!$'()*+,;:@/?=&%-]*)?$/;
/** It travels in a cookie, beside others. */
const LONGEST = 1024;

/**
 * The address of a page below /console, as it stands in one; undefined for everything else, which then leads to the
 * beginning of the console. Whatever a browser might read as another host has no place in these characters.
 */
export function consoleDestination(text: unknown): string | undefined {
  return typeof text === 'string' && text.length <= LONGEST && CONSOLE_PAGE.test(text) ? text : undefined;
}

/** Where a sign-in may lead: to a page of the console, or back to an application, which signInFor() spells. */
export const destinationOf = (text: unknown): string | undefined =>
  typeof text === 'string' && isSignInFor(text) ? text : consoleDestination(text);

/** The same address of ours, from which the sign-in leads on there. */
export const towards = (path: string, destination: string | undefined): string =>
  destination === undefined
    ? path
    : `${path}${path.includes('?') ? '&' : '?'}${DESTINATION}=${encodeURIComponent(destination)}`;

/** Goes along in a form of the sign-in. */
export const carriedOn = (destination: string | undefined): Html | undefined =>
  destination === undefined
    ? undefined
    : html`<input type="hidden" name="${DESTINATION}" value="${destination}" />`;

/** A field for it. Anything that leads elsewhere counts as left out. */
export const Destination = (): PropertyDecorator => (target, name) => {
  Transform(({ value }: { value: unknown }) => destinationOf(value))(target, name);
  Allow()(target, name);
};

/** What a request, by its address or its form, says of it. */
export const destinationIn = (values: unknown): string | undefined =>
  destinationOf(((values ?? {}) as Record<string, unknown>)[DESTINATION]);

import { isIP } from 'node:net';
import { parse } from 'tldts';

type Addresses = Readonly<Record<string, string | null | undefined>>;

export interface MovedEndpoint {
  readonly name: string;
  readonly url: string;
}

/**
 * The first address that belongs to somebody who had no part in the connection before, or undefined. What a provider
 * says of itself is taken over without anybody looking; whoever can change the document must not be able to send
 * people to a page of his own.
 * @param known the addresses that somebody has agreed to
 */
export function movedEndpoint(
  known: readonly (string | null | undefined)[],
  now: Addresses,
): MovedEndpoint | undefined {
  const owners = new Set(known.flatMap((url) => (url ? ownerOf(url) : [])));
  return addresses(now).find(({ url }) => !owners.has(ownerOf(url)));
}

/** The first address that is no longer https, although all were. */
export function exposedEndpoint(
  known: readonly (string | null | undefined)[],
  now: Addresses,
): MovedEndpoint | undefined {
  if (known.some((url) => url && !isHttps(url))) return undefined;
  return addresses(now).find(({ url }) => !isHttps(url));
}

function addresses(named: Addresses): MovedEndpoint[] {
  return Object.entries(named).flatMap(([name, url]) => (url ? [{ name, url }] : []));
}

/** Whose a URL is: the domain that somebody registered, or the host itself where there is none. */
function ownerOf(url: string): string {
  const { hostname } = new URL(url);
  return isIP(hostname) ? hostname : (parse(hostname, { allowPrivateDomains: true }).domain ?? hostname);
}

const isHttps = (url: string): boolean => new URL(url).protocol === 'https:';

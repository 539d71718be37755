import { BlockList, isIP, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Which header the proxies in front of the service write: one of them, and the other is what anybody sends. */
export const FORWARDED_HEADERS = ['x-forwarded-for', 'forwarded'] as const;
export type ForwardedHeader = (typeof FORWARDED_HEADERS)[number];

/** What the nearest proxies say stands at the end, however much a stranger sent before. */
const LONGEST = 4_096;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * From where a request really comes. Whoever connects is believed as to themselves; what they say of others only when
 * they are a listed proxy, and then hop by hop from the right: the first address that is no listed proxy is the caller.
 */
export class ClientAddresses {
  private readonly trusted = new BlockList();

  /** @param proxies addresses and CIDR ranges; Config has checked them */
  constructor(
    proxies: readonly string[],
    private readonly header: ForwardedHeader,
  ) {
    for (const proxy of proxies) {
      const [address = '', bits] = proxy.split('/');
      const family = isIPv6(address) ? 'ipv6' : 'ipv4';
      if (bits === undefined) this.trusted.addAddress(address, family);
      else this.trusted.addSubnet(address, Number(bits), family);
    }
  }

  of(connected: string, headers: Headers): string {
    let address = plain(connected);
    if (address === undefined || !this.isTrusted(address)) return connected;
    for (const hop of this.hopsOf(headers)) {
      const said = plain(hop);
      // `unknown`, a made-up name, or nonsense: who said so is the last one that is known.
      if (said === undefined) return address;
      address = said;
      if (!this.isTrusted(address)) return address;
    }
    return address;
  }

  private isTrusted(address: string): boolean {
    return this.trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  }

  /** The nearest first. */
  private hopsOf(headers: Headers): string[] {
    const value = headers[this.header];
    const text = (Array.isArray(value) ? value.join(',') : value) ?? '';
    const isForwarded = this.header === 'forwarded';
    const elements = elementsFromTheEnd(text.slice(-LONGEST), isForwarded);
    // Of a longer one, the last of these is only a part.
    if (text.length > LONGEST) elements.pop();
    return isForwarded ? elements.map(forOf) : elements;
  }
}

/**
 * What stands between the commas, the last first. Read from the end, where the proxies write: a quote that a stranger
 * opened before cannot swallow what they added.
 */
function elementsFromTheEnd(text: string, hasQuotes: boolean): string[] {
  const elements: string[] = [];
  let end = text.length;
  let quoted = false;
  for (let at = end - 1; at >= 0; at -= 1) {
    if (text[at] === '"' && hasQuotes && !isEscaped(text, at)) quoted = !quoted;
    else if (text[at] === ',' && !quoted) {
      elements.push(text.slice(at + 1, end));
      end = at;
    }
  }
  elements.push(text.slice(0, end));
  return elements;
}

function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text[before - 1] === '\\') before -= 1;
  return (at - before) % 2 === 1;
}

/** The `for` of an element of a Forwarded header (RFC 7239 section 4), nonsense where it has none. */
function forOf(element: string): string {
  const pair = /[\s;]*([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))\s*(?=;|$)/y;
  for (let found = pair.exec(element); found; found = pair.exec(element)) {
    const [, name = '', quoted, bare] = found;
    if (name.toLowerCase() === 'for') return quoted ?? bare ?? '';
  }
  return '';
}

/** An address without port and brackets, IPv4 written inside IPv6 as itself; undefined for anything else. */
function plain(text: string): string | undefined {
  const trimmed = text.trim();
  const [, bracketed] = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(trimmed) ?? [];
  const [, before] = /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/.exec(trimmed) ?? [];
  const address = bracketed ?? before ?? trimmed;
  return isIP(address) !== 0 && !address.includes('%') ? ipaddr.process(address).toString() : undefined;
}

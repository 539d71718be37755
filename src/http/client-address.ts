import { BlockList, isIP, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Which header the proxies in front of the service write: one of them, and the other is what anybody sends. */
export const FORWARDED_HEADERS = ['x-forwarded-for', 'forwarded'] as const;
export type ForwardedHeader = (typeof FORWARDED_HEADERS)[number];

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
    for (const hop of this.hopsOf(headers).reverse()) {
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

  private hopsOf(headers: Headers): string[] {
    const value = headers[this.header];
    const text = Array.isArray(value) ? value.join(',') : value;
    if (text === undefined || text.length > 4_096) return [];
    return this.header === 'forwarded' ? forwardedHops(text) : text.split(',');
  }
}

/** The `for` of each element of a Forwarded header (RFC 7239 section 4), nonsense where one has none. */
function forwardedHops(text: string): string[] {
  const elements = text.match(/(?:"(?:[^"\\]|\\.)*"|[^",])+/g) ?? [];
  return elements
    .map((element) => /(?:^|;)\s*for\s*=\s*(?:"([^"]*)"|([^\s;",]+))/i.exec(element))
    .map((found) => found?.[1] ?? found?.[2] ?? '');
}

/** An address without port and brackets, IPv4 written inside IPv6 as itself; undefined for anything else. */
function plain(text: string): string | undefined {
  const trimmed = text.trim();
  const [, bracketed] = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(trimmed) ?? [];
  const [, before] = /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/.exec(trimmed) ?? [];
  const address = bracketed ?? before ?? trimmed;
  return isIP(address) !== 0 && !address.includes('%') ? ipaddr.process(address).toString() : undefined;
}

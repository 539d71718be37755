import ipaddr from 'ipaddr.js';

/** How many bits of an address say which network it is in: what providers commonly give to one place. */
const PREFIX = { ipv4: 24, ipv6: 48 } as const;

const PRIVATE = ['private', 'uniqueLocal', 'linkLocal', 'carrierGradeNat'];

/** The network around an address, such as 203.0.113.0/24; null for what is no address. */
export function networkAround(ip: string | null | undefined): string | null {
  const address = read(ip);
  if (!address) return null;
  const kind = address.kind();
  const cidr = `${address.toString()}/${PREFIX[kind]}`;
  const network =
    kind === 'ipv4' ? ipaddr.IPv4.networkAddressFromCIDR(cidr) : ipaddr.IPv6.networkAddressFromCIDR(cidr);
  return `${network.toString()}/${PREFIX[kind]}`;
}

/** Where that is, as far as an address tells by itself: null for every public one, which `Places` may know more of. */
export function placeOf(ip: string | null | undefined): string | null {
  const range = read(ip)?.range();
  if (range === undefined) return null;
  if (range === 'loopback') return 'The machine of the service';
  return PRIVATE.includes(range) ? 'A private network' : null;
}

const read = (ip: string | null | undefined): ipaddr.IPv4 | ipaddr.IPv6 | undefined =>
  ip && ipaddr.isValid(ip) ? ipaddr.process(ip) : undefined;

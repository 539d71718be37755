import ipaddr from 'ipaddr.js';

/** Length in bits of the IPv6 prefix that one subscriber usually has. */
const IPV6_PREFIX = 64;

/** The address that rate limits count: an IPv4 address itself, for IPv6 the network of the subscriber. */
export function networkOf(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return address.toString();
  return ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/${IPV6_PREFIX}`).toString();
}

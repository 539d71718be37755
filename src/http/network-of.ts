import ipaddr from 'ipaddr.js';

/** How many bits of an IPv6 address one subscriber commonly has for itself. */
const IPV6_PREFIX = 64;

/** Whom attempts from this address are counted against: the address, or for IPv6 the network around it. */
export function networkOf(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return address.toString();
  return ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/${IPV6_PREFIX}`).toString();
}

import { isIP } from 'node:net';
import { parse, parseCIDR } from 'ipaddr.js';
import { ConfigError } from '../config/config';

/** One entry of OUTBOUND_ALLOW: a host by name or address, perhaps on one port only, or a block of addresses. */
export type AllowedTarget =
  { kind: 'host'; host: string; port?: number } | { kind: 'block'; contains: (address: string) => boolean };

export type AllowedTargets = readonly AllowedTarget[];

/**
 * Ports that identity providers and webhook receivers are found on; anything else on a public address is more
 * likely a mail server or a database that somebody wants to talk to through us.
 */
const PUBLIC_PORTS: Readonly<Record<string, ReadonlySet<number>>> = {
  'https:': new Set([443, 8443, 9031, 9443]),
  // Syslog (RFC 5425) and what collectors of logs listen on.
  'tls:': new Set([443, 6514, 10514, 10516]),
};

/** Only this eighth of IPv6 is handed out for use on the public internet (RFC 4291 section 2.4, IANA registry). */
const GLOBAL_IPV6 = parseCIDR('2000::/3');

/** Documentation prefix of RFC 9637, younger than the library's tables. */
const YOUNGER_DOCUMENTATION_IPV6 = parseCIDR('3fff::/20');

/**
 * Whether an address belongs to the public internet. Everything with a purpose of its own is not: private,
 * loopback, link-local (with the cloud's metadata service), carrier-grade NAT, unique-local, multicast,
 * documentation, and the IPv6 forms that carry an IPv4 address inside (mapped, NAT64, 6to4, Teredo), because
 * what they reach is decided by the embedded address.
 */
export function isPublicAddress(address: string): boolean {
  if (!isIP(address)) return false;
  const parsed = parse(address);
  if (parsed.range() !== 'unicast') return false;
  if (parsed.kind() === 'ipv4') return true;
  return parsed.match(GLOBAL_IPV6) && !parsed.match(YOUNGER_DOCUMENTATION_IPV6);
}

/** Reads the entries of OUTBOUND_ALLOW. Throws ConfigError when it cannot understand one. */
export function readAllowedTargets(entries: readonly string[]): AllowedTargets {
  return entries.map((entry, index) => {
    const target = entry.includes('/') ? readBlock(entry) : readHost(entry);
    if (target) return target;
    throw new ConfigError(
      `OUTBOUND_ALLOW must list hosts, host:port, addresses or CIDR blocks; its entry ${index + 1} is none of them.`,
    );
  });
}

function readHost(entry: string): AllowedTarget | undefined {
  if (isIP(entry)) return { kind: 'host', host: canonicalHost(entry) };

  const [, host, port] = /^(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/.exec(entry) ?? [];
  if (!host || Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535) return undefined;
  return { kind: 'host', host: canonicalHost(host), ...(port && { port: Number(port) }) };
}

function readBlock(entry: string): AllowedTarget | undefined {
  try {
    const [network, bits] = parseCIDR(entry);
    const contains = (address: string) => {
      const candidate = parse(address);
      return candidate.kind() === network.kind() && candidate.match([network, bits] as never);
    };
    return { kind: 'block', contains };
  } catch {
    return undefined;
  }
}

/** One spelling per host: lower case, no trailing dot, IPv6 shortened and without brackets. */
export function canonicalHost(host: string): string {
  const bare = host
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
  return isIP(bare) ? parse(bare).toString() : bare;
}

/** Where a request would go: the host of its URL, the port, and one address that the host resolved to. */
export interface Destination {
  host: string;
  port: number;
  address: string;
}

/** Whether the operator named this destination in OUTBOUND_ALLOW. */
export function isAllowed(allowed: AllowedTargets, { host, port, address }: Destination): boolean {
  return allowed.some((target) =>
    target.kind === 'block'
      ? target.contains(address)
      : [canonicalHost(host), canonicalHost(address)].includes(target.host) &&
        (target.port === undefined || target.port === port),
  );
}

/** Whether the operator named this very host, on whatever port. */
export function isNamed(allowed: AllowedTargets, host: string): boolean {
  return allowed.some((target) => target.kind === 'host' && target.host === canonicalHost(host));
}

/**
 * Whether a request may go there: anywhere the operator allowed, otherwise only to a public address, by https
 * or over TLS, on a port that such services use.
 */
export function mayReach(allowed: AllowedTargets, protocol: string, destination: Destination): boolean {
  if (isAllowed(allowed, destination)) return true;
  return PUBLIC_PORTS[protocol]?.has(destination.port) === true && isPublicAddress(destination.address);
}

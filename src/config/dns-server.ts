import { isIP } from 'node:net';

/** A DNS server, by address or by name. */
export interface DnsServerAddress {
  readonly host: string;
  readonly port: number;
}

const HOST_AND_PORT = /^(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/;

/** Reads `10.0.0.53`, `[2001:db8::53]:5353` or `dns.acme.internal:53`; undefined for anything else. */
export function readDnsServer(entry: string): DnsServerAddress | undefined {
  if (isIP(entry)) return { host: entry, port: 53 };
  const [, host, port = '53'] = HOST_AND_PORT.exec(entry) ?? [];
  const bare = host?.replace(/^\[(.*)\]$/, '$1');
  if (!bare || Number(port) < 1 || Number(port) > 65_535) return undefined;
  return { host: bare, port: Number(port) };
}

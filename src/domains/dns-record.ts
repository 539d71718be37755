import { randomBytes } from 'node:crypto';

/** The record that a domain's owner publishes to prove the domain. */
export interface DnsRecord {
  type: 'TXT';
  name: string;
  value: string;
}

export function issueToken(): string {
  return randomBytes(16).toString('hex');
}

/**
 * A name of its own below the domain: it stands beside any CNAME or SPF record, and whoever may only write one
 * sub-domain cannot write it.
 */
export function dnsRecordOf(domain: string, token: string): DnsRecord {
  return { type: 'TXT', name: `_gatehouse.${domain}`, value: `gatehouse-domain-verification=${token}` };
}

/** Whether one of the texts found is the one asked for. Some DNS consoles add quotes or blanks around what is pasted. */
export function proves(found: readonly string[], { value }: DnsRecord): boolean {
  return found.some((text) => text.trim().replace(/^"(.*)"$/, '$1') === value);
}

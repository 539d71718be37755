import { lookup, Resolver } from 'node:dns/promises';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config';
import type { DnsServerAddress } from '../config/dns-server';

/** DNS gave no answer at all, as opposed to the answer that there is no such record. */
export class DnsUnavailable extends Error {
  override readonly name = 'DnsUnavailable';
}

/** For one try at one server; there are two tries. */
const TIMEOUT_MS = 2_000;

/** For everything together, whatever number of servers there is. */
const TOTAL_MS = 8_000;

/** The record does not exist; the question was answered. */
const NO_RECORD = new Set(['ENOTFOUND', 'ENODATA']);

/** Asks DNS for TXT records: the servers in DNS_SERVERS, or the system's. Nothing is cached here. */
@Injectable()
export class TxtResolver {
  constructor(private readonly config: Config) {}

  /**
   * The texts at `name`, each joined from its strings (RFC 1035 section 3.3.14); none when the name does not exist.
   * Throws DnsUnavailable when no server answered in time.
   */
  async texts(name: string): Promise<string[]> {
    const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 2 });
    const giveUp = setTimeout(() => resolver.cancel(), TOTAL_MS);
    try {
      const { dnsServers } = this.config;
      if (dnsServers.length > 0) resolver.setServers(await Promise.all(dnsServers.map(addressOf)));
      return (await resolver.resolveTxt(name)).map((strings) => strings.join(''));
    } catch (error) {
      if (NO_RECORD.has((error as NodeJS.ErrnoException).code ?? '')) return [];
      throw new DnsUnavailable('DNS did not answer.', { cause: error });
    } finally {
      clearTimeout(giveUp);
    }
  }
}

/** node:dns takes addresses only; a server given by name (a container's, say) is looked up by the system. */
async function addressOf({ host, port }: DnsServerAddress): Promise<string> {
  const { address, family } = await lookup(host);
  return family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

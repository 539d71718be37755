import { Injectable } from '@nestjs/common';
import { type DnsRecord, proves } from './dns-record';
import type { DomainCheckResult } from './domain.entity';
import { DnsUnavailable, TxtResolver } from './txt-resolver';

/** What is repeated of foreign DNS: enough to recognise a mistake, not a whole zone. */
const SHOWN_TEXTS = 10;
const SHOWN_CHARACTERS = 200;

export interface LookedUp {
  readonly result: Exclude<DomainCheckResult, 'domain_taken'>;
  /** The texts that stand at the record's name. */
  readonly found: readonly string[];
}

/** Looks in DNS for the record that proves a domain. */
@Injectable()
export class DomainLookUp {
  constructor(private readonly resolver: TxtResolver) {}

  /** Waits for DNS, so only outside a transaction. No answer is not the answer that there is nothing. */
  async lookUp(record: DnsRecord): Promise<LookedUp> {
    const texts = await this.textsAt(record.name);
    if (!texts) return { result: 'dns_unavailable', found: [] };
    const found = texts.slice(0, SHOWN_TEXTS).map((text) => text.slice(0, SHOWN_CHARACTERS));
    if (proves(texts, record)) return { result: 'record_found', found };
    return { result: found.length === 0 ? 'record_missing' : 'record_differs', found };
  }

  private async textsAt(name: string): Promise<string[] | undefined> {
    try {
      return await this.resolver.texts(name);
    } catch (error) {
      if (error instanceof DnsUnavailable) return undefined;
      throw error;
    }
  }
}

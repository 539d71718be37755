import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { Conflict, Problem } from '../http/problems';
import { type DnsRecord, dnsRecordOf, proves } from './dns-record';
import type { Domain } from './domain.entity';
import { DomainsService } from './domains.service';
import { DnsUnavailable, TxtResolver } from './txt-resolver';

/** What is repeated of foreign DNS: enough to recognise a mistake, not a whole zone. */
const SHOWN_TEXTS = 10;
const SHOWN_CHARACTERS = 200;

/** Looks in DNS for the record that proves a domain. */
@Injectable()
export class DomainVerificationService {
  constructor(
    private readonly database: Database,
    private readonly domains: DomainsService,
    private readonly resolver: TxtResolver,
  ) {}

  /**
   * Proves a domain, or proves it again. No transaction waits for DNS, and a failed attempt is recorded too. Throws
   * 404, 409 `domain_not_verified` with what was found instead, and 409 `domain_taken`.
   */
  async verify(workspaceId: string, id: string): Promise<Domain> {
    const domain = await this.database.inWorkspace(workspaceId, () => this.domains.get(id));
    const record = dnsRecordOf(domain.domain, domain.token);
    const found = await this.lookUp(record);

    const refusal = refusalOf(record, found);
    if (refusal) return this.refuse(workspaceId, domain, refusal, found);
    try {
      return await this.database.inWorkspace(workspaceId, () => this.domains.markVerified(domain));
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'domain_taken') throw error;
      return this.refuse(workspaceId, domain, error, found);
    }
  }

  private async lookUp({ name }: DnsRecord): Promise<string[] | undefined> {
    try {
      return (await this.resolver.texts(name))
        .slice(0, SHOWN_TEXTS)
        .map((text) => text.slice(0, SHOWN_CHARACTERS));
    } catch (error) {
      if (error instanceof DnsUnavailable) return undefined;
      throw error;
    }
  }

  private async refuse(
    workspaceId: string,
    domain: Domain,
    refusal: Problem,
    found: string[] = [],
  ): Promise<never> {
    await this.database.inWorkspace(workspaceId, () => this.domains.markChecked(domain, refusal.code, found));
    throw refusal;
  }
}

function refusalOf(record: DnsRecord, found: string[] | undefined): Problem | undefined {
  if (!found) {
    return new Conflict(
      'domain_not_verified',
      `DNS gave no answer about ${record.name}. Try again in a moment.`,
    );
  }
  if (proves(found, record)) return undefined;
  const seen = found.map((text) => ({ field: record.name, message: `Found the text "${text}".` }));
  return new Conflict(
    'domain_not_verified',
    found.length === 0
      ? `There is no TXT record at ${record.name} yet. New records can take a while to be seen.`
      : `None of the TXT records at ${record.name} says ${record.value}.`,
    seen,
  );
}

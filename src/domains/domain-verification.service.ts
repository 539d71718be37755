import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { Conflict, Problem } from '../http/problems';
import { type DnsRecord, dnsRecordOf } from './dns-record';
import type { Domain, DomainCheckResult } from './domain.entity';
import { DomainLookUp, type LookedUp } from './domain-look-up.service';
import { DomainsService } from './domains.service';

/** Proves domains by their record in DNS. */
@Injectable()
export class DomainVerificationService {
  constructor(
    private readonly database: Database,
    private readonly domains: DomainsService,
    private readonly dns: DomainLookUp,
  ) {}

  /**
   * Proves a domain, or proves it again. No transaction waits for DNS, and a failed attempt is recorded too. Throws
   * 404, 409 `domain_not_verified` with what was found instead, and 409 `domain_taken`.
   */
  async verify(workspaceId: string, id: string): Promise<Domain> {
    const domain = await this.database.inWorkspace(workspaceId, () => this.domains.get(id));
    const record = dnsRecordOf(domain.domain, domain.token);
    const lookedUp = await this.dns.lookUp(record);

    const refusal = refusalOf(record, lookedUp);
    if (refusal) return this.refuse(workspaceId, domain, refusal, lookedUp);
    try {
      return await this.database.inWorkspace(workspaceId, () => this.domains.markVerified(domain));
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'domain_taken') throw error;
      return this.refuse(workspaceId, domain, error, { ...lookedUp, result: 'domain_taken' });
    }
  }

  private async refuse(
    workspaceId: string,
    domain: Domain,
    refusal: Problem,
    { result, found }: { result: DomainCheckResult; found: readonly string[] },
  ): Promise<never> {
    await this.database.inWorkspace(workspaceId, () =>
      this.domains.markChecked(domain, result, refusal.code, found),
    );
    throw refusal;
  }
}

function refusalOf(record: DnsRecord, { result, found }: LookedUp): Problem | undefined {
  if (result === 'record_found') return undefined;
  if (result === 'dns_unavailable') {
    return new Conflict(
      'domain_not_verified',
      `DNS gave no answer about ${record.name}. Try again in a moment.`,
    );
  }
  const seen = found.map((text) => ({ field: record.name, message: `Found the text "${text}".` }));
  return new Conflict(
    'domain_not_verified',
    found.length === 0
      ? `There is no TXT record at ${record.name} yet. New records can take a while to be seen.`
      : `None of the TXT records at ${record.name} says ${record.value}.`,
    seen,
  );
}

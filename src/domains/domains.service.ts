import { Injectable } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import { AuditTrail } from '../audit/audit-trail';
import { Database } from '../database/database';
import { decodeCursor, type PageQuery } from '../http/page';
import { BadRequest, Conflict, NotFound } from '../http/problems';
import { issueToken } from './dns-record';
import { Domain, type DomainCheckResult } from './domain.entity';
import { type DomainRefusal, normaliseDomain, readClaim } from './domain-name';

const REFUSALS: Record<DomainRefusal, string> = {
  domain_invalid: 'This is not a domain name such as acme.com.',
  domain_is_public_suffix: 'Others register their domains under this one: it cannot belong to one workspace.',
  domain_is_free_mail: 'Anybody can get an address at this mail provider: it cannot belong to one workspace.',
};

/** The condition of `isVerifiedHere` for statements of other rooms; `domain` is SQL for a normalised domain. */
export const verifiedHere = (domain: string): string =>
  `exists (select from domains d where d.domain = ${domain}
     and (d.status = 'verified' or (d.status = 'failing' and d.grace_until > now())))`;

/** The domains that a workspace claims, and the answer to "whose is this address?". */
@Injectable()
export class DomainsService {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  /** One row more than the page holds, oldest first. */
  list({ limit, cursor }: PageQuery): Promise<Domain[]> {
    const where = cursor ? { id: MoreThan(decodeCursor(cursor)) } : {};
    return this.domains.find({ where, order: { id: 'ASC' }, take: limit + 1 });
  }

  async get(id: string): Promise<Domain> {
    const domain = await this.domains.findOneBy({ id });
    if (!domain) throw new NotFound('Domain');
    return domain;
  }

  /**
   * Claims a domain, still to be proved. Throws 400 for what cannot be claimed, and 409 `domain_exists` or
   * `domain_taken`; whose it is stays untold.
   */
  async add(text: string): Promise<Domain> {
    const claim = readClaim(text);
    if ('refusal' in claim) throw new BadRequest(claim.refusal, REFUSALS[claim.refusal]);
    await this.refuseTaken(claim.domain);

    const [row] = await this.database.query<{ id: string }>(
      'insert into domains (domain, token) values ($1, $2) on conflict (workspace_id, domain) do nothing returning id',
      [claim.domain, issueToken()],
    );
    if (!row) throw new Conflict('domain_exists', 'This workspace has that domain already.');
    const added = await this.get(row.id);
    this.trail.record({ type: 'domain.added', target: targetOf(added), data: { domain: added.domain } });
    return added;
  }

  /** Throws NotFound, and 409 `enforcement_depends_on_it` for the last verified one of a workspace that refuses passwords. */
  async remove(id: string): Promise<void> {
    const domain = await this.get(id);
    await this.refuseIfEnforcementNeeds(domain);
    const { affected } = await this.domains.delete({ id });
    if (!affected) throw new NotFound('Domain');
    const { status } = domain;
    this.trail.record({
      type: 'domain.removed',
      target: targetOf(domain),
      data: { domain: domain.domain, status },
    });
  }

  /**
   * Records that the domain was proved just now. Throws 409 `domain_taken` when another workspace was first; of two
   * at the same time the database lets one through. `proof` is said in the record when it was not DNS.
   */
  async markVerified({ id, domain }: Domain, proof?: string): Promise<Domain> {
    const [verified] = await this.database.query(
      `update domains set status = 'verified', verified_at = coalesce(verified_at, now()), last_checked_at = now(),
              grace_until = null, last_result = 'record_found'
        where id = $1 returning id`,
      [id],
    );
    if (!verified) throw new NotFound('Domain');
    await this.database.query(
      `insert into verified_domains (domain, domain_id, workspace_id) values ($1, $2, current_workspace_id())
       on conflict (domain) do nothing`,
      [domain, id],
    );
    await this.refuseTaken(domain);
    const data = { domain, ...(proof && { proof }) };
    this.trail.record({ type: 'domain.verified', target: { type: 'domain', id }, data });
    return this.get(id);
  }

  /** Records that the proof was looked for in vain. A domain that was proved before stays so. */
  async markChecked(
    { id, domain }: Domain,
    result: DomainCheckResult,
    reason: string,
    found: readonly string[],
  ): Promise<void> {
    await this.domains.update({ id }, { lastCheckedAt: () => 'now()', lastResult: result });
    this.trail.record({
      type: 'domain.verification_failed',
      target: { type: 'domain', id },
      data: { domain, reason, found },
    });
  }

  /** Which workspace speaks for addresses at this domain. For those who do not know the workspace yet. */
  async workspaceOfVerifiedDomain(emailDomain: string): Promise<string | undefined> {
    const domain = normaliseDomain(emailDomain);
    if (!domain) return undefined;
    const [row] = await this.database.lookUp<{ workspace_id: string }>(
      'workspace_of_verified_domain',
      'select workspace_id from verified_domains where domain = $1',
      [domain],
    );
    return row?.workspace_id;
  }

  /** Whether the workspace in flight speaks for addresses at this domain: proved, or failing and still in its grace. */
  async isVerifiedHere(emailDomain: string): Promise<boolean> {
    const domain = normaliseDomain(emailDomain);
    if (domain === undefined) return false;
    return this.domains.existsBy([
      { domain, status: 'verified' },
      { domain, status: 'failing', graceUntil: MoreThan(new Date()) },
    ]);
  }

  /** Enforcement and the domains it rests on change one after the other. One in its grace still counts. */
  private async refuseIfEnforcementNeeds({ id }: Domain): Promise<void> {
    const [policy] = await this.database.query<{ sso_enforced: boolean }>(
      'select sso_enforced from workspace_policies for no key update',
    );
    if (!policy?.sso_enforced) return;
    const [last] = await this.database.query(
      `select 1 from verified_domains where domain_id = $1 and not exists (
         select from verified_domains where workspace_id = current_workspace_id() and domain_id <> $1)`,
      [id],
    );
    if (!last) return;
    throw new Conflict(
      'enforcement_depends_on_it',
      'This workspace refuses passwords, and this is its last verified domain. Turn enforcement off first.',
    );
  }

  private async refuseTaken(domain: string): Promise<void> {
    const [elsewhere] = await this.database.query(
      'select 1 from verified_domains where domain = $1 and workspace_id <> current_workspace_id()',
      [domain],
    );
    if (elsewhere)
      throw new Conflict('domain_taken', 'Another workspace has proved that this domain is its own.');
  }

  private get domains() {
    return this.database.repository(Domain);
  }
}

function targetOf({ id }: Domain): { type: string; id: string } {
  return { type: 'domain', id };
}

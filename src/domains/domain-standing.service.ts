import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail';
import type { AuditEventType } from '../audit/audit-event';
import { DAY_MS } from '../config/durations';
import { Database } from '../database/database';
import { AdminMail } from '../mail/admin-mail';
import { dnsRecordOf } from './dns-record';
import { Domain, type DomainCheckResult } from './domain.entity';

const GRACE_DAYS = 7;
/** Days left at which the admins hear of a failing domain again. */
const REMINDERS = [1, 3, GRACE_DAYS];

const ENFORCED =
  'The workspace enforces single sign-on: people who signed in by it before still can; nobody new gets in by it.';

export type Sought = Pick<Domain, 'token' | 'lastCheckedAt'>;

/** What a proved domain is worth as its record comes and goes, in the workspace in flight. */
@Injectable()
export class DomainStanding {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly mail: AdminMail,
  ) {}

  /** What the record of a domain must say, and when it was last looked for; undefined when the domain is gone. */
  async sought(id: string): Promise<Sought | undefined> {
    return (await this.domains.findOneBy({ id })) ?? undefined;
  }

  /**
   * Draws the consequences of a look into DNS. The first miss starts a grace of seven days, in which everything goes
   * on and the admins hear of it; after that the domain is lost and free for another workspace. DNS that does not
   * answer changes nothing, and a miss nothing where somebody has found the record since it was `sought`. People whose
   * accounts are linked already keep signing in all the while.
   */
  async note(id: string, result: DomainCheckResult, now: Date, { lastCheckedAt }: Sought): Promise<void> {
    const domain = await this.domains.findOne({ where: { id }, lock: { mode: 'for_no_key_update' } });
    if (!domain || !['verified', 'failing'].includes(domain.status)) return;
    const since = domain.lastCheckedAt?.getTime() !== lastCheckedAt?.getTime();
    if (since && domain.lastResult === 'record_found' && result !== 'record_found') return;
    await this.domains.update({ id }, { lastCheckedAt: now, lastResult: result });
    if (result === 'dns_unavailable') return;
    if (result === 'record_found') return this.recover(domain);
    if (!domain.graceUntil) return this.fail(domain, new Date(now.getTime() + GRACE_DAYS * DAY_MS), now);
    if (domain.graceUntil > now) return this.remind(domain, domain.graceUntil, now);
    return this.lose(domain);
  }

  private async recover(domain: Domain): Promise<void> {
    if (domain.status === 'verified') return;
    await this.domains.update({ id: domain.id }, { status: 'verified', graceUntil: null });
    this.record('domain.verified', domain, { recovered: true });
    await this.mail.send({
      subject: `${domain.domain} is proved again`,
      paragraphs: [`The DNS record of ${domain.domain} is back. There is nothing left to do.`],
    });
  }

  private async fail(domain: Domain, graceUntil: Date, now: Date): Promise<void> {
    await this.domains.update({ id: domain.id }, { status: 'failing', graceUntil });
    const enforced = await this.isEnforcedInDoubt();
    this.record('domain.failing', domain, { graceUntil: graceUntil.toISOString(), enforced });
    await this.remind(domain, graceUntil, now);
  }

  private async remind({ id, domain, token }: Domain, graceUntil: Date, now: Date): Promise<void> {
    const daysLeft = Math.ceil((graceUntil.getTime() - now.getTime()) / DAY_MS);
    const step = REMINDERS.find((days) => daysLeft <= days) ?? GRACE_DAYS;
    const { name, value } = dnsRecordOf(domain, token);
    const until = `${graceUntil.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
    const enforced = await this.isEnforcedInDoubt();
    await this.mail.send({
      subject: `${domain} can no longer be proved: ${daysLeft} ${daysLeft === 1 ? 'day' : 'days'} left`,
      paragraphs: [
        `The DNS record that proves ${domain} is gone or says something else. Until ${until} everything goes on ` +
          'as before. If the record is not back by then, the workspace loses the domain, and another one may claim it.',
        'Put this TXT record back:',
        ...(enforced ? [ENFORCED.replace('still can', 'still can when the domain is lost')] : []),
      ],
      items: [`Name: ${name}`, `Value: ${value}`],
      key: `domain.failing:${id}:${graceUntil.toISOString()}:${step}`,
    });
  }

  private async lose(domain: Domain): Promise<void> {
    const enforced = await this.isEnforcedInDoubt();
    await this.database.query('delete from verified_domains where domain_id = $1', [domain.id]);
    await this.domains.update({ id: domain.id }, { status: 'lost', graceUntil: null });
    this.record('domain.lost', domain, { enforced, ...(enforced && { consequence: ENFORCED }) });
    await this.mail.send({
      subject: `${domain.domain} is lost`,
      paragraphs: [
        `The DNS record that proves ${domain.domain} has been gone for ${GRACE_DAYS} days. The workspace no longer ` +
          'speaks for its addresses: nobody new comes in by them, and another workspace may claim the domain.',
        'People who have signed in by single sign-on before still can. Put the record back and verify the domain ' +
          'again to get it back.',
        ...(enforced ? [ENFORCED] : []),
      ],
    });
  }

  /** Whether passwords are refused and no domain of the workspace is beyond doubt; the one in question is not any more. */
  private async isEnforcedInDoubt(): Promise<boolean> {
    const [row] = await this.database.query<{ enforced: boolean }>(
      `select p.sso_enforced and not exists (select from domains where status = 'verified') as enforced
         from workspace_policies p`,
    );
    return row?.enforced ?? false;
  }

  private record(type: AuditEventType, { id, domain }: Domain, data: Record<string, unknown>): void {
    const actor = { type: 'system', id: null } as const;
    this.trail.record({ type, target: { type: 'domain', id }, actor, data: { domain, ...data } });
  }

  private get domains() {
    return this.database.repository(Domain);
  }
}

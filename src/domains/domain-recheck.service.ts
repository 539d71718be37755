import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config';
import { DAY_SECONDS } from '../config/durations';
import { Database } from '../database/database';
import { Schedule } from '../schedule/schedule';
import { dnsRecordOf } from './dns-record';
import { DomainLookUp } from './domain-look-up.service';
import { DomainStanding } from './domain-standing.service';

const AT_ONCE = 10;

interface Proved {
  readonly domain: string;
  readonly domain_id: string;
  readonly workspace_id: string;
}

/**
 * Looks daily whether the records are still there by which domains were proved: a domain that is given up, or sold,
 * must not speak for addresses of its next owner.
 */
@Injectable()
export class DomainRecheck implements OnModuleInit {
  private readonly log = new Logger('Domains');

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly schedule: Schedule,
    private readonly lookUp: DomainLookUp,
    private readonly standing: DomainStanding,
  ) {}

  onModuleInit(): void {
    // The domain of the demo is in no DNS.
    if (this.config.demo) return;
    this.schedule.every('domains.recheck', DAY_SECONDS, (now, stopping) => this.recheckAll(now, stopping));
  }

  /** Some at once, each on its own. Throws in the end when it failed for any. */
  private async recheckAll(now: Date, stopping: AbortSignal): Promise<void> {
    let failures = 0;
    for (let last = ''; ;) {
      const page = await this.database.lookUp<Proved>(
        'page_of_verified_domains',
        'select domain, domain_id, workspace_id from verified_domains where domain > $1 order by domain limit $2',
        [last, AT_ONCE],
      );
      if (page.length === 0 || stopping.aborted) break;
      const outcomes = await Promise.allSettled(page.map((proved) => this.recheck(proved, now)));
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') continue;
        failures += 1;
        this.log.error(outcome.reason instanceof Error ? outcome.reason : String(outcome.reason));
      }
      last = page.at(-1)!.domain;
    }
    if (failures > 0) throw new Error(`${failures} domains could not be checked; the log says why.`);
  }

  private async recheck({ domain, domain_id: id, workspace_id }: Proved, now: Date): Promise<void> {
    const sought = await this.database.inWorkspace(workspace_id, () => this.standing.sought(id));
    if (!sought) return;
    const { result } = await this.lookUp.lookUp(dnsRecordOf(domain, sought.token));
    await this.database.inWorkspace(workspace_id, () => this.standing.note(id, result, now, sought));
  }
}

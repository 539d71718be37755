import { Injectable, type OnModuleInit } from '@nestjs/common';
import { In } from 'typeorm';
import { Database } from '../database/database';
import { type ExpirySource, Expiries, type Watched } from '../expiries/expiries';
import { Domain } from './domain.entity';

/** Domains whose record is gone. The daily look at them tells the admins itself. */
@Injectable()
export class DomainExpiries implements ExpirySource, OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly expiries: Expiries,
  ) {}

  onModuleInit(): void {
    this.expiries.add(this);
  }

  async watched(): Promise<Watched[]> {
    const domains = await this.database
      .repository(Domain)
      .find({ where: { status: In(['verified', 'failing', 'lost']) }, order: { id: 'ASC' } });
    return domains.map(({ id, domain, status, graceUntil }) => ({
      ...{ kind: 'domain', subject: { type: 'domain', id, name: domain }, toldElsewhere: true },
      ...(status === 'failing'
        ? { expiresAt: graceUntil, what: `The DNS record of ${domain} is gone, and the grace for it` }
        : { expiresAt: null, what: status === 'lost' ? `${domain} is lost.` : `${domain} is proved.` }),
      ...(status === 'lost' && { severity: 'expired' as const }),
      action: status === 'verified' ? 'Nothing to do.' : 'Put the TXT record back and verify the domain.',
    }));
  }
}

import { Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module';
import { DomainExpiries } from './domain-expiries';
import { DomainLookUp } from './domain-look-up.service';
import { DomainRecheck } from './domain-recheck.service';
import { DomainStanding } from './domain-standing.service';
import { DomainVerificationService } from './domain-verification.service';
import { DomainsController } from './domains.controller';
import { DomainsService } from './domains.service';
import { TxtResolver } from './txt-resolver';

/** Domains of workspaces and their proof by DNS. Others ask whose an address is. */
@Module({
  imports: [MailModule],
  controllers: [DomainsController],
  providers: [
    DomainsService,
    DomainVerificationService,
    DomainLookUp,
    DomainStanding,
    DomainRecheck,
    DomainExpiries,
    TxtResolver,
  ],
  exports: [DomainsService, DomainVerificationService],
})
export class DomainsModule {}

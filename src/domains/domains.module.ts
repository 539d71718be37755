import { Module } from '@nestjs/common';
import { DomainVerificationService } from './domain-verification.service';
import { DomainsController } from './domains.controller';
import { DomainsService } from './domains.service';
import { TxtResolver } from './txt-resolver';

/** Domains of workspaces and their proof by DNS. Others ask whose an address is. */
@Module({
  controllers: [DomainsController],
  providers: [DomainsService, DomainVerificationService, TxtResolver],
  exports: [DomainsService],
})
export class DomainsModule {}

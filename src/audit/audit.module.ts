import { Global, Module } from '@nestjs/common';
import { AuditDeclarations } from './audited';
import { AuditTrail } from './audit-trail';

@Global()
@Module({ providers: [AuditTrail, AuditDeclarations], exports: [AuditTrail] })
export class AuditModule {}

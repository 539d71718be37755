import { Global, Module } from '@nestjs/common';
import { AuditEventsController } from './audit-events.controller';
import { AuditLogService } from './audit-log.service';
import { AuditTrail } from './audit-trail';
import { AuditDeclarations } from './audited';

@Global()
@Module({
  controllers: [AuditEventsController],
  providers: [AuditTrail, AuditLogService, AuditDeclarations],
  exports: [AuditTrail],
})
export class AuditModule {}

import { Global, Module } from '@nestjs/common';
import { OutboundModule } from '../outbound/outbound.module';
import { ActorNames } from './actor-names.service';
import { AuditEventsController } from './audit-events.controller';
import { AuditExport } from './audit-export.service';
import { AuditLogService } from './audit-log.service';
import { AuditTrail } from './audit-trail';
import { ArchiveFiles } from './archives/archive-files.service';
import { ArchiveLines } from './archives/archive-lines.service';
import { ArchiveStore } from './archives/archive-store.service';
import { ArchiveWriter } from './archives/archive-writer.service';
import { AuditArchivesController } from './archives/archives.controller';
import { Archives } from './archives/archives.service';
import { Archiving } from './archives/archiving.service';
import { AuditDeclarations } from './audited';
import { TransactionalHandlers } from './transactional-handlers';
import { AuditPeople } from './personal/audit-people.service';
import { PersonalRecords } from './personal/personal-records.service';
import { AuditProofs } from './seals/audit-proofs.service';
import { CheckpointDelivery } from './seals/checkpoint-delivery.service';
import { AuditProofController } from './seals/proof.controller';
import { SealKeyAnnouncement } from './seals/seal-key-announcement.service';
import { SealKeyRotation } from './seals/seal-key-rotation.service';
import { SealKeys } from './seals/seal-keys.service';
import { SealedEntries } from './seals/sealed-entries.service';
import { SealStore } from './seals/seal-store.service';
import { SealedLog } from './seals/sealed-log.service';
import { Sealer } from './seals/sealer.service';
import { Sealing } from './seals/sealing.service';

@Global()
@Module({
  imports: [OutboundModule],
  controllers: [AuditEventsController, AuditProofController, AuditArchivesController],
  providers: [
    ActorNames,
    AuditTrail,
    AuditLogService,
    AuditExport,
    AuditDeclarations,
    TransactionalHandlers,
    ArchiveFiles,
    ArchiveLines,
    ArchiveStore,
    ArchiveWriter,
    Archives,
    Archiving,
    AuditPeople,
    PersonalRecords,
    AuditProofs,
    CheckpointDelivery,
    SealedEntries,
    SealKeyAnnouncement,
    SealKeyRotation,
    SealKeys,
    SealStore,
    SealedLog,
    Sealer,
    Sealing,
  ],
  exports: [
    ActorNames,
    AuditTrail,
    AuditLogService,
    AuditPeople,
    TransactionalHandlers,
    PersonalRecords,
    SealedEntries,
    Sealer,
    SealKeys,
  ],
})
export class AuditModule {}

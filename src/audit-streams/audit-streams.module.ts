import { Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module';
import { OperationsModule } from '../operations/operations.module';
import { OutboundModule } from '../outbound/outbound.module';
import { SecretsModule } from '../secrets/secrets.module';
import { AuditStreamsController } from './audit-streams.controller';
import { AuditStreamsService } from './audit-streams.service';
import { MessageSender } from './delivery/message-sender.service';
import { StreamDelivery } from './delivery/stream-delivery.service';
import { StreamProgress } from './delivery/stream-progress.service';
import { StreamPump } from './delivery/stream-pump.service';
import { StreamTurns } from './delivery/stream-turns.service';
import { ReceiverCheck } from './receiver-check.service';
import { StreamSecrets } from './stream-secrets.service';
import { StreamTest } from './stream-test.service';

/** Sends the audit log of a workspace to receivers of its choice, in order and at least once. */
@Module({
  imports: [MailModule, OperationsModule, OutboundModule, SecretsModule],
  controllers: [AuditStreamsController],
  providers: [
    AuditStreamsService,
    ReceiverCheck,
    StreamTest,
    StreamSecrets,
    MessageSender,
    StreamDelivery,
    StreamProgress,
    StreamPump,
    StreamTurns,
  ],
  exports: [AuditStreamsService, ReceiverCheck, StreamTest],
})
export class AuditStreamsModule {}

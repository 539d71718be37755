import { Module } from '@nestjs/common';
import { OutboundModule } from '../../outbound/outbound.module';
import { ConnectionsModule } from '../connections.module';
import { ConnectionSignals } from './connection-signals.service';
import { LeakedPushSecrets } from './leaked-push-secrets';
import { SignalSetUp } from './signal-set-up.service';
import { SignalsController } from './signals.controller';

/** Setting up security events and revocation by a provider. */
@Module({
  imports: [OutboundModule, ConnectionsModule],
  controllers: [SignalsController],
  providers: [LeakedPushSecrets, ConnectionSignals, SignalSetUp],
  exports: [ConnectionSignals],
})
export class ConnectionSignalsModule {}

import { Module } from '@nestjs/common';
import { AttemptsModule } from './attempts/attempts.module';
import { ConnectionsModule } from './connections.module';
import { ConnectionExpiries } from './health/connection-expiries';
import { ConnectionKeysModule } from './keys/connection-keys.module';
import { ConnectionsPersonalData } from './personal-data/connections-personal-data';
import { SetupLinksModule } from './setup-links/setup-links.module';
import { ConnectionSignalsModule } from './signals/connection-signals.module';

/** Connections with identity providers. Sign-ins read them through ConnectionLookUp. */
@Module({
  imports: [
    ConnectionsModule,
    ConnectionKeysModule,
    AttemptsModule,
    ConnectionSignalsModule,
    SetupLinksModule,
  ],
  providers: [ConnectionsPersonalData, ConnectionExpiries],
  exports: [
    ConnectionsModule,
    ConnectionKeysModule,
    AttemptsModule,
    ConnectionSignalsModule,
    SetupLinksModule,
  ],
})
export class SsoConnectionsModule {}

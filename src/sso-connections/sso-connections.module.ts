import { Module } from '@nestjs/common';
import { OutboundModule } from '../outbound/outbound.module';
import { SecretsModule } from '../secrets/secrets.module';
import { ConnectionAdmin } from './connection-admin.service';
import { ConnectionRegistration } from './connection-registration.service';
import { ConnectionSecrets } from './connection-secrets.service';
import { ConnectionKeys } from './keys/connection-keys.service';
import { ConnectionKeysController } from './keys/connection-keys.controller';
import { ProviderSetUp } from './provider-set-up.service';
import { SsoConnectionsController } from './sso-connections.controller';
import { SsoConnectionsService } from './sso-connections.service';

/** Connections with identity providers. Sign-ins read them through SsoConnectionsService. */
@Module({
  imports: [OutboundModule, SecretsModule],
  controllers: [SsoConnectionsController, ConnectionKeysController],
  providers: [
    SsoConnectionsService,
    ConnectionSecrets,
    ConnectionAdmin,
    ConnectionKeys,
    ConnectionRegistration,
    ProviderSetUp,
  ],
  exports: [SsoConnectionsService],
})
export class SsoConnectionsModule {}

import { Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module';
import { OutboundModule } from '../outbound/outbound.module';
import { SecretsModule } from '../secrets/secrets.module';
import { WorkspacesModule } from '../workspaces/workspaces.module';
import { ConnectionActivation } from './connection-activation.service';
import { ConnectionAdmin } from './connection-admin.service';
import { ConnectionCreation } from './connection-creation.service';
import { ConnectionEndings } from './connection-endings';
import { ConnectionLookUp } from './connection-look-up.service';
import { ConnectionReader } from './connection-reader.service';
import { ConnectionRegistration } from './connection-registration.service';
import { ConnectionRemoval } from './connection-removal.service';
import { ConnectionSecrets } from './connection-secrets.service';
import { ConnectionKeysModule } from './keys/connection-keys.module';
import { MetadataReader } from './metadata/metadata-reader.service';
import { MetadataController } from './metadata/metadata.controller';
import { ProviderSetUp } from './provider-set-up.service';
import { ProviderRefresh } from './refresh/provider-refresh.service';
import { ProviderRereading } from './refresh/provider-rereading.service';
import { RefreshJob } from './refresh/refresh-job';
import { RefreshOutcomes } from './refresh/refresh-outcomes.service';
import { RefreshRecords } from './refresh/refresh-records.service';
import { RefreshController } from './refresh/refresh.controller';
import { ConnectionHistory } from './revisions/connection-history.service';
import { ConnectionRevisions } from './revisions/connection-revisions.service';
import { RevisionsController } from './revisions/revisions.controller';
import { SettingsRows } from './revisions/settings-rows.service';
import { ConnectionRollback } from './rollback/connection-rollback.service';
import { SsoConnectionsController } from './sso-connections.controller';

/**
 * Connections and everything that changes their settings: admins, metadata that is read anew, and going back to an earlier
 * revision. All of it goes through ConnectionAdmin, which is therefore not exported.
 */
@Module({
  imports: [OutboundModule, MailModule, SecretsModule, WorkspacesModule, ConnectionKeysModule],
  controllers: [MetadataController, SsoConnectionsController, RevisionsController, RefreshController],
  providers: [
    ConnectionLookUp,
    MetadataReader,
    ConnectionSecrets,
    ConnectionReader,
    ConnectionAdmin,
    ConnectionCreation,
    ConnectionActivation,
    ConnectionEndings,
    ConnectionRemoval,
    ConnectionRegistration,
    ProviderSetUp,
    ConnectionRevisions,
    ConnectionHistory,
    SettingsRows,
    ConnectionRollback,
    RefreshRecords,
    RefreshOutcomes,
    ProviderRereading,
    ProviderRefresh,
    RefreshJob,
  ],
  exports: [
    ConnectionLookUp,
    ConnectionReader,
    ConnectionRegistration,
    ConnectionActivation,
    ConnectionRemoval,
    ConnectionHistory,
    ConnectionRevisions,
    ConnectionEndings,
    ConnectionRollback,
    ProviderRefresh,
  ],
})
export class ConnectionsModule {}

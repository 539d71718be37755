import { ConnectionsPersonalData } from './personal-data/connections-personal-data';
import { Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module';
import { OutboundModule } from '../outbound/outbound.module';
import { SecretsModule } from '../secrets/secrets.module';
import { WorkspacesModule } from '../workspaces/workspaces.module';
import { ConnectionTests } from './attempts/connection-tests.service';
import { LoginAttemptsController } from './attempts/login-attempts.controller';
import { LoginAttempts } from './attempts/login-attempts.service';
import { FinishedSignIns } from './attempts/finished-sign-ins.service';
import { AttemptRetention } from './attempts/attempt-retention';
import { ConnectionActivation } from './connection-activation.service';
import { ConnectionAdmin } from './connection-admin.service';
import { ConnectionCreation } from './connection-creation.service';
import { ConnectionEndings } from './connection-endings';
import { ConnectionReader } from './connection-reader.service';
import { ConnectionRegistration } from './connection-registration.service';
import { ConnectionRemoval } from './connection-removal.service';
import { ConnectionSecrets } from './connection-secrets.service';
import { ConnectionKeys } from './keys/connection-keys.service';
import { ConnectionKeysController } from './keys/connection-keys.controller';
import { MetadataController } from './metadata/metadata.controller';
import { MetadataReader } from './metadata/metadata-reader.service';
import { ProviderSetUp } from './provider-set-up.service';
import { ConnectionExpiries } from './health/connection-expiries';
import { ProviderRefresh } from './refresh/provider-refresh.service';
import { ProviderRereading } from './refresh/provider-rereading.service';
import { RefreshController } from './refresh/refresh.controller';
import { RefreshJob } from './refresh/refresh-job';
import { RefreshOutcomes } from './refresh/refresh-outcomes.service';
import { RefreshRecords } from './refresh/refresh-records.service';
import { ConnectionHistory } from './revisions/connection-history.service';
import { ConnectionRevisions } from './revisions/connection-revisions.service';
import { RevisionsController } from './revisions/revisions.controller';
import { SettingsRows } from './revisions/settings-rows.service';
import { ConnectionSignals } from './signals/connection-signals.service';
import { SignalSetUp } from './signals/signal-set-up.service';
import { SignalsController } from './signals/signals.controller';
import { ConnectionRollback } from './rollback/connection-rollback.service';
import { SetupLinkExpiries } from './setup-links/setup-link-expiries';
import { SetupLinkNames } from './setup-links/setup-link-names';
import { SetupLinksController } from './setup-links/setup-links.controller';
import { SetupLinks } from './setup-links/setup-links.service';
import { SetupViews } from './setup-links/setup-view.service';
import { SetupVisits } from './setup-links/setup-visits.service';
import { SetupWork } from './setup-links/setup-work.service';
import { SsoConnectionsController } from './sso-connections.controller';
import { ConnectionLookUp } from './connection-look-up.service';
import { LeakedSetupLinks } from './setup-links/leaked-setup-links';
import { LeakedPushSecrets } from './signals/leaked-push-secrets';

/** Connections with identity providers. Sign-ins read them through ConnectionLookUp. */
@Module({
  imports: [OutboundModule, MailModule, SecretsModule, WorkspacesModule],
  controllers: [
    MetadataController,
    SsoConnectionsController,
    ConnectionKeysController,
    RevisionsController,
    LoginAttemptsController,
    SignalsController,
    RefreshController,
    SetupLinksController,
  ],
  providers: [
    LeakedPushSecrets,
    LeakedSetupLinks,
    ConnectionsPersonalData,
    ConnectionLookUp,
    MetadataReader,
    ConnectionSecrets,
    ConnectionReader,
    ConnectionAdmin,
    ConnectionCreation,
    ConnectionKeys,
    ConnectionActivation,
    ConnectionEndings,
    ConnectionRemoval,
    ConnectionRegistration,
    ProviderSetUp,
    ConnectionRevisions,
    ConnectionHistory,
    SettingsRows,
    LoginAttempts,
    AttemptRetention,
    ConnectionTests,
    FinishedSignIns,
    ConnectionRollback,
    ConnectionSignals,
    SignalSetUp,
    RefreshRecords,
    RefreshOutcomes,
    ProviderRereading,
    ProviderRefresh,
    RefreshJob,
    ConnectionExpiries,
    SetupLinks,
    SetupLinkExpiries,
    SetupLinkNames,
    SetupVisits,
    SetupViews,
    SetupWork,
  ],
  exports: [
    ConnectionLookUp,
    ConnectionReader,
    ConnectionRegistration,
    ConnectionActivation,
    ConnectionRemoval,
    ConnectionHistory,
    ConnectionTests,
    SetupLinks,
    ConnectionEndings,
    LoginAttempts,
    FinishedSignIns,
    ConnectionRollback,
    ConnectionSignals,
    ProviderRefresh,
    SetupVisits,
    SetupViews,
    SetupWork,
    ConnectionKeys,
  ],
})
export class SsoConnectionsModule {}

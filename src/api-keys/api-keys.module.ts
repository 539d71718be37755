import { Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module';
import { OutboundModule } from '../outbound/outbound.module';
import { WorkspacesModule } from '../workspaces/workspaces.module';
import { ApiKeyAuthenticator } from './api-key.authenticator';
import { ApiKeyNames } from './api-key-names';
import { ApiKeysController } from './api-keys.controller';
import { ApiKeysPersonalData } from './api-keys-personal-data';
import { ApiKeysService } from './api-keys.service';
import { KeyStandings } from './key-standings.service';
import { KeysWithoutMaker } from './keys-without-maker';
import { LeakReports } from './leaks/leak-reports.service';
import { LeakedKeys } from './leaks/leaked-keys.service';
import { LeaksController } from './leaks/leaks.controller';
import { PartnerSignatures } from './leaks/partner-signatures';
import { RefusedApiKeys } from './refused-api-keys';
import { ApiKeyUse } from './usage/api-key-use';
import { ApiKeyUsageController } from './usage/api-key-usage.controller';
import { ApiKeyUsage } from './usage/api-key-usage.service';
import { OperationsModule } from '../operations/operations.module';

@Module({
  imports: [OperationsModule, WorkspacesModule, MailModule, OutboundModule],
  controllers: [LeaksController, ApiKeysController, ApiKeyUsageController],
  providers: [
    ApiKeysService,
    ApiKeysPersonalData,
    ApiKeyNames,
    ApiKeyAuthenticator,
    RefusedApiKeys,
    ApiKeyUse,
    ApiKeyUsage,
    KeyStandings,
    KeysWithoutMaker,
    LeakedKeys,
    LeakReports,
    PartnerSignatures,
  ],
  exports: [ApiKeysService, ApiKeyAuthenticator, KeyStandings],
})
export class ApiKeysModule {}

import { Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module';
import { WorkspacesModule } from '../workspaces/workspaces.module';
import { ApiKeyAuthenticator } from './api-key.authenticator';
import { ApiKeysController } from './api-keys.controller';
import { ApiKeysService } from './api-keys.service';
import { KeyStandings } from './key-standings.service';
import { KeysWithoutMaker } from './keys-without-maker';
import { RefusedApiKeys } from './refused-api-keys';
import { ApiKeyUse } from './usage/api-key-use';
import { ApiKeyUsageController } from './usage/api-key-usage.controller';
import { ApiKeyUsage } from './usage/api-key-usage.service';

@Module({
  imports: [WorkspacesModule, MailModule],
  controllers: [ApiKeysController, ApiKeyUsageController],
  providers: [
    ApiKeysService,
    ApiKeyAuthenticator,
    RefusedApiKeys,
    ApiKeyUse,
    ApiKeyUsage,
    KeyStandings,
    KeysWithoutMaker,
  ],
  exports: [ApiKeyAuthenticator, KeyStandings],
})
export class ApiKeysModule {}

import { Module } from '@nestjs/common';
import { WorkspacesModule } from '../workspaces/workspaces.module';
import { ApiKeyAuthenticator } from './api-key.authenticator';
import { ApiKeyUse } from './api-key-use';
import { ApiKeysController } from './api-keys.controller';
import { ApiKeysService } from './api-keys.service';

@Module({
  imports: [WorkspacesModule],
  controllers: [ApiKeysController],
  providers: [ApiKeysService, ApiKeyAuthenticator, ApiKeyUse],
  exports: [ApiKeyAuthenticator],
})
export class ApiKeysModule {}

import { Module } from '@nestjs/common';
import { AccessTokens } from '../oauth/access-tokens.service';
import { OAuthController } from '../oauth/oauth.controller';
import { DirectoryNames } from './directory-names';
import { DirectoryExpiries } from './directory-expiries';
import { RefusedCredentials } from './refused-credentials';
import { ScimClientsController } from './scim-clients.controller';
import { ScimAuthenticator } from './scim.authenticator';
import { ScimTokenUse } from './scim-token-use';
import { ScimTokensController } from './scim-tokens.controller';
import { LeakedScimCredentials } from './leaked-scim-credentials';
import { ScimTokensService } from './scim-tokens.service';

/** The credentials of directories: tokens, and OAuth clients with their access tokens. */
@Module({
  controllers: [ScimTokensController, ScimClientsController, OAuthController],
  providers: [
    LeakedScimCredentials,
    DirectoryExpiries,
    DirectoryNames,
    ScimTokensService,
    ScimTokenUse,
    ScimAuthenticator,
    RefusedCredentials,
    AccessTokens,
  ],
  exports: [ScimTokensService, ScimAuthenticator],
})
export class DirectoriesModule {}

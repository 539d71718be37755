import { Module } from '@nestjs/common';
import { MembersModule } from '../../members/members.module';
import { WorkspacesModule } from '../../workspaces/workspaces.module';
import { AccessTokenService } from '../tokens/access-token.service';
import { AccessTokenVerifier } from '../tokens/access-token.verifier';
import { JwksController } from '../tokens/jwks.controller';
import { SigningKeysService } from '../tokens/signing-keys.service';
import { TokenIssuer } from '../tokens/token-issuer.service';
import { LoginPolicyService } from './login-policy.service';
import { SessionAuthenticator } from './session.authenticator';
import { SessionsService } from './sessions.service';

/** Staying in: who may open a session, sessions, and the tokens that name them. */
@Module({
  imports: [MembersModule, WorkspacesModule],
  controllers: [JwksController],
  providers: [
    LoginPolicyService,
    SessionsService,
    SessionAuthenticator,
    AccessTokenService,
    AccessTokenVerifier,
    SigningKeysService,
    TokenIssuer,
  ],
  exports: [
    LoginPolicyService,
    SessionsService,
    SessionAuthenticator,
    AccessTokenVerifier,
    SigningKeysService,
    TokenIssuer,
  ],
})
export class SessionsModule {}

import { Module } from '@nestjs/common';
import { MembersModule } from '../members/members.module';
import { WorkspacesModule } from '../workspaces/workspaces.module';
import { PasswordController } from './password/password.controller';
import { PasswordHasher } from './password/password-hasher';
import { PasswordAdmission } from './password/password-admission.service';
import { PasswordLoginService } from './password/password-login.service';
import { LoginPolicyService } from './sessions/login-policy.service';
import { SessionAuthenticator } from './sessions/session.authenticator';
import { SessionsService } from './sessions/sessions.service';
import { AccessTokenService } from './tokens/access-token.service';
import { AccessTokenVerifier } from './tokens/access-token.verifier';
import { JwksController } from './tokens/jwks.controller';
import { SigningKeysService } from './tokens/signing-keys.service';
import { TokenIssuer } from './tokens/token-issuer.service';

@Module({
  imports: [MembersModule, WorkspacesModule],
  controllers: [PasswordController, JwksController],
  providers: [
    PasswordHasher,
    PasswordLoginService,
    PasswordAdmission,
    LoginPolicyService,
    SessionsService,
    SessionAuthenticator,
    AccessTokenService,
    AccessTokenVerifier,
    SigningKeysService,
    TokenIssuer,
  ],
  exports: [PasswordHasher, SessionAuthenticator],
})
export class AuthModule {}

import { Module } from '@nestjs/common';
import { MailModule } from '../../mail/mail.module';
import { MembersModule } from '../../members/members.module';
import { OperationsModule } from '../../operations/operations.module';
import { WorkspacesModule } from '../../workspaces/workspaces.module';
import { AccessTokenService } from '../tokens/access-token.service';
import { AccessTokenVerifier } from '../tokens/access-token.verifier';
import { JwksController } from '../tokens/jwks.controller';
import { SigningKeyRotation } from '../tokens/signing-key-rotation';
import { SigningKeyStore } from '../tokens/signing-key-store.service';
import { SigningKeysService } from '../tokens/signing-keys.service';
import { RefreshAnswers } from '../tokens/refresh-answers.service';
import { RefreshService } from '../tokens/refresh.service';
import { TokenIssuer } from '../tokens/token-issuer.service';
import { DevicesModule } from '../devices/devices.module';
import { FactorsModule } from '../factors/factors.module';
import { BreakGlass } from './break-glass.service';
import { LoginPolicyService } from './login-policy.service';
import { MemberSessionsController } from './member-sessions.controller';
import { MemberSessions } from './member-sessions.service';
import { LocalLoginStandings } from './local-login-standings.service';
import { SecondFactorPolicy } from './second-factor-policy.service';
import { SessionAuthenticator } from './session.authenticator';
import { SessionRetention } from './session-retention';
import { SessionUse } from './session-use';
import { SessionsController } from './sessions.controller';
import { SessionsService } from './sessions.service';
import { SwitchAdmission } from './switch-admission.service';
import { WorkspaceSwitch } from './workspace-switch.service';
import { LeakedRefreshTokens } from '../tokens/leaked-refresh-tokens';

/** Staying in: who may open a session, sessions, and the tokens that name them. */
@Module({
  imports: [OperationsModule, MembersModule, WorkspacesModule, MailModule, FactorsModule, DevicesModule],
  controllers: [JwksController, SessionsController, MemberSessionsController],
  providers: [
    LeakedRefreshTokens,
    LoginPolicyService,
    LocalLoginStandings,
    SecondFactorPolicy,
    BreakGlass,
    SessionsService,
    MemberSessions,
    SessionUse,
    SessionRetention,
    SessionAuthenticator,
    AccessTokenService,
    AccessTokenVerifier,
    SigningKeyStore,
    SigningKeyRotation,
    SigningKeysService,
    TokenIssuer,
    RefreshAnswers,
    RefreshService,
    WorkspaceSwitch,
    SwitchAdmission,
  ],
  exports: [
    LoginPolicyService,
    BreakGlass,
    SessionsService,
    MemberSessions,
    SessionAuthenticator,
    AccessTokenService,
    AccessTokenVerifier,
    SigningKeysService,
    TokenIssuer,
    RefreshService,
    WorkspaceSwitch,
  ],
})
export class SessionsModule {}

import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../api-keys/api-keys.module';
import { DomainsModule } from '../domains/domains.module';
import { IdempotencyModule } from '../idempotency/idempotency.module';
import { MailModule } from '../mail/mail.module';
import { MembersModule } from '../members/members.module';
import { SsoConnectionsModule } from '../sso-connections/sso-connections.module';
import { WorkspacesModule } from '../workspaces/workspaces.module';
import { AuthzenController } from './authzen/authzen.controller';
import { Evaluation } from './authzen/evaluation.service';
import { BrowserSignInModule } from './browser/browser-sign-in.module';
import { DevicesModule } from './devices/devices.module';
import { DiscoveryController } from './discovery/discovery.controller';
import { DiscoveryService } from './discovery/discovery.service';
import { FactorsModule } from './factors/factors.module';
import { AcceptInvitationController } from './invitations/accept-invitation.controller';
import { AcceptInvitationService } from './invitations/accept-invitation.service';
import { InvitationPageController } from './invitations/invitation-page.controller';
import { Visitor } from './invitations/visitor.service';
import { LogoutModule } from './logout/logout.module';
import { MfaAdmission } from './mfa/mfa-admission.service';
import { MfaModule } from './mfa/mfa.module';
import { MfaController } from './mfa/mfa.controller';
import { MfaLogin } from './mfa/mfa-login.service';
import { MemberFactorsController } from './mfa/member-factors.controller';
import { MemberFactors } from './mfa/member-factors.service';
import { OwnEnrolment } from './mfa/own-enrolment.service';
import { OwnFactorsController } from './mfa/own-factors.controller';
import { OwnFactors } from './mfa/own-factors.service';
import { SecondFactorStep } from './mfa/second-factor-step.service';
import { SignInEnrolment } from './mfa/sign-in-enrolment.service';
import { OidcModule } from './oidc/oidc.module';
import { AccountProof } from './linking/account-proof.service';
import { ConflictsController } from './linking/conflicts.controller';
import { LinkController } from './linking/link.controller';
import { LinkAccount } from './linking/link-account.service';
import { PasswordProof } from './linking/password-proof.service';
import { LoginFailures } from './password/login-failures.service';
import { PhonePagesController } from './pages/phone-pages.controller';
import { CodesShownOnce } from './pages/codes-shown-once.service';
import { FactorPagesController } from './pages/factor-pages.controller';
import { OwnOrigin } from './pages/own-origin';
import { PageSecondStep } from './pages/page-second-step.service';
import { PageSignIn } from './pages/page-sign-in.service';
import { SecondStepController } from './pages/second-step.controller';
import { PagesController } from './pages/pages.controller';
import { PasskeysModule } from './passkeys/passkeys.module';
import { PasswordController } from './password/password.controller';
import { PasswordAdmission } from './password/password-admission.service';
import { PasswordChangeModule } from './password/change/password-change.module';
import { PasswordsModule } from './password/passwords.module';
import { PasswordLoginService } from './password/password-login.service';
import { ForwardAuthController } from './recognition/forward-auth.controller';
import { IntrospectionController } from './recognition/introspection.controller';
import { IntrospectionService } from './recognition/introspection.service';
import { TokenRevocation } from './recognition/token-revocation.service';
import { MeController } from './recognition/me.controller';
import { SignInsPersonalData } from './personal-data/sign-ins-personal-data';
import { OwnProofs } from './reauthentication/own-proofs.service';
import { RaisedSessions } from './reauthentication/raised-sessions.service';
import { ReauthenticationController } from './reauthentication/reauthentication.controller';
import { Reauthentication } from './reauthentication/reauthentication.service';
import { SamlModule } from './saml/saml.module';
import { SessionsModule } from './sessions/sessions.module';
import { SetupModule } from './setup/setup.module';
import { SignalsModule } from './signals/signals.module';
import { TokensController } from './tokens/tokens.controller';

/** Signing in and staying in. */
@Module({
  imports: [
    WorkspacesModule,
    MembersModule,
    ApiKeysModule,
    DomainsModule,
    IdempotencyModule,
    SsoConnectionsModule,
    FactorsModule,
    MfaModule,
    DevicesModule,
    PasswordsModule,
    PasswordChangeModule,
    SessionsModule,
    BrowserSignInModule,
    LogoutModule,
    PasskeysModule,
    OidcModule,
    SamlModule,
    SignalsModule,
    SetupModule,
    MailModule,
  ],
  controllers: [
    DiscoveryController,
    PasswordController,
    MfaController,
    OwnFactorsController,
    MemberFactorsController,
    TokensController,
    AcceptInvitationController,
    InvitationPageController,
    MeController,
    ReauthenticationController,
    IntrospectionController,
    ForwardAuthController,
    AuthzenController,
    PagesController,
    SecondStepController,
    FactorPagesController,
    PhonePagesController,
    LinkController,
    ConflictsController,
  ],
  providers: [
    CodesShownOnce,
    Evaluation,
    DiscoveryService,
    PasswordLoginService,
    PasswordAdmission,
    LoginFailures,
    MfaLogin,
    MfaAdmission,
    SecondFactorStep,
    SignInEnrolment,
    OwnFactors,
    OwnEnrolment,
    MemberFactors,
    AcceptInvitationService,
    Visitor,
    IntrospectionService,
    TokenRevocation,
    Reauthentication,
    OwnProofs,
    RaisedSessions,
    OwnOrigin,
    PageSignIn,
    PageSecondStep,
    AccountProof,
    PasswordProof,
    LinkAccount,
    SignInsPersonalData,
  ],
  exports: [PasswordsModule, SessionsModule, MemberFactors],
})
export class AuthModule {}

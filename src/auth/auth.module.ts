import { Module } from '@nestjs/common';
import { AuthzenModule } from './authzen/authzen.module';
import { SignInDiscoveryModule } from './discovery/sign-in-discovery.module';
import { FactorsModule } from './factors/factors.module';
import { AcceptInvitationModule } from './invitations/accept-invitation.module';
import { LinkingModule } from './linking/linking.module';
import { LogoutModule } from './logout/logout.module';
import { MfaModule } from './mfa/mfa.module';
import { OidcModule } from './oidc/oidc.module';
import { PagesModule } from './pages/pages.module';
import { PasskeysModule } from './passkeys/passkeys.module';
import { PasswordChangeModule } from './password/change/password-change.module';
import { PasswordsModule } from './password/passwords.module';
import { SignInsPersonalData } from './personal-data/sign-ins-personal-data';
import { ReauthenticationModule } from './reauthentication/reauthentication.module';
import { RecognitionModule } from './recognition/recognition.module';
import { SamlModule } from './saml/saml.module';
import { SessionsModule } from './sessions/sessions.module';
import { SetupModule } from './setup/setup.module';
import { SignalsModule } from './signals/signals.module';
import { TokenCallsModule } from './tokens/token-calls.module';

/** Signing in and staying in. The OpenAPI document lists calls in the order of the imports. */
@Module({
  imports: [
    SignInDiscoveryModule,
    PasswordsModule,
    MfaModule,
    TokenCallsModule,
    AcceptInvitationModule,
    RecognitionModule,
    ReauthenticationModule,
    AuthzenModule,
    PasswordChangeModule,
    LogoutModule,
    PasskeysModule,
    PagesModule,
    LinkingModule,
    FactorsModule,
    SessionsModule,
    OidcModule,
    SamlModule,
    SignalsModule,
    SetupModule,
  ],
  providers: [SignInsPersonalData],
  exports: [PasswordsModule, SessionsModule, MfaModule],
})
export class AuthModule {}

import { Module } from '@nestjs/common';
import { SsoConnectionsModule } from '../../sso-connections/sso-connections.module';
import { LogoutModule } from '../logout/logout.module';
import { SessionsModule } from '../sessions/sessions.module';
import { BrowserSignInModule } from '../browser/browser-sign-in.module';
import { IdpLogout } from './logout/idp-logout.service';
import { LogoutMessages } from './logout/logout-messages.service';
import { LogoutRecord } from './logout/logout-record';
import { SamlProviderLogout } from './logout/saml-provider-logout';
import { SingleLogoutController } from './logout/single-logout.controller';
import { SingleLogout } from './logout/single-logout.service';
import { SamlController } from './saml.controller';
import { IdpInitiated } from './idp-initiated.service';
import { SamlConnections } from './saml-connections.service';
import { SpMetadata } from './sp-metadata.service';
import { SamlReplays } from './saml-replays.service';
import { SamlResponseReader } from './saml-response-reader.service';
import { SamlSignIn } from './saml-sign-in.service';
import { SamlVerification } from './worker/saml-verification.service';

/** Signing in through SAML 2.0 identity providers. */
@Module({
  imports: [SsoConnectionsModule, BrowserSignInModule, SessionsModule, LogoutModule],
  controllers: [SamlController, SingleLogoutController],
  providers: [
    SamlConnections,
    SamlSignIn,
    SpMetadata,
    IdpInitiated,
    SamlReplays,
    SamlVerification,
    SamlResponseReader,
    SingleLogout,
    IdpLogout,
    LogoutMessages,
    LogoutRecord,
    SamlProviderLogout,
  ],
})
export class SamlModule {}

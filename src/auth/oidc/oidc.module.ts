import { Module } from '@nestjs/common';
import { OutboundModule } from '../../outbound/outbound.module';
import { SsoConnectionsModule } from '../../sso-connections/sso-connections.module';
import { BrowserSignInModule } from '../browser/browser-sign-in.module';
import { SessionsModule } from '../sessions/sessions.module';
import { BackchannelLogoutController } from './backchannel-logout.controller';
import { BackchannelLogout } from './backchannel-logout.service';
import { LogoutModule } from '../logout/logout.module';
import { ClientKeys } from './client-keys.service';
import { JwksCache } from './jwks-cache';
import { IdTokenHints } from './logout/id-token-hints';
import { LoggedOut } from './logout/logged-out.service';
import { OidcProviderLogout } from './logout/oidc-provider-logout';
import { RelyingPartyController } from './relying-party.controller';
import { OidcProviderClient } from './oidc-provider.client';
import { OidcSignIn } from './oidc-sign-in.service';
import { OidcController } from './oidc.controller';

/** Signing in through OpenID Providers. */
@Module({
  imports: [OutboundModule, SsoConnectionsModule, BrowserSignInModule, SessionsModule, LogoutModule],
  controllers: [OidcController, BackchannelLogoutController, RelyingPartyController],
  providers: [
    OidcSignIn,
    OidcProviderClient,
    JwksCache,
    BackchannelLogout,
    ClientKeys,
    IdTokenHints,
    OidcProviderLogout,
    LoggedOut,
  ],
  exports: [JwksCache],
})
export class OidcModule {}

import { Module } from '@nestjs/common';
import { OutboundModule } from '../../outbound/outbound.module';
import { SsoConnectionsModule } from '../../sso-connections/sso-connections.module';
import { BrowserSignInModule } from '../browser/browser-sign-in.module';
import { SessionsModule } from '../sessions/sessions.module';
import { BackchannelLogoutController } from './backchannel-logout.controller';
import { BackchannelLogout } from './backchannel-logout.service';
import { JwksCache } from './jwks-cache';
import { OidcProviderClient } from './oidc-provider.client';
import { OidcSignIn } from './oidc-sign-in.service';
import { OidcController } from './oidc.controller';

/** Signing in through OpenID Providers. */
@Module({
  imports: [OutboundModule, SsoConnectionsModule, BrowserSignInModule, SessionsModule],
  controllers: [OidcController, BackchannelLogoutController],
  providers: [OidcSignIn, OidcProviderClient, JwksCache, BackchannelLogout],
  exports: [JwksCache],
})
export class OidcModule {}

import { Module } from '@nestjs/common';
import { OutboundModule } from '../../outbound/outbound.module';
import { SsoConnectionsModule } from '../../sso-connections/sso-connections.module';
import { BrowserSignInModule } from '../browser/browser-sign-in.module';
import { JwksCache } from './jwks-cache';
import { OidcProviderClient } from './oidc-provider.client';
import { OidcSignIn } from './oidc-sign-in.service';
import { OidcController } from './oidc.controller';

/** Signing in through OpenID Providers. */
@Module({
  imports: [OutboundModule, SsoConnectionsModule, BrowserSignInModule],
  controllers: [OidcController],
  providers: [OidcSignIn, OidcProviderClient, JwksCache],
})
export class OidcModule {}

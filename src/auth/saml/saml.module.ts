import { Module } from '@nestjs/common';
import { SsoConnectionsModule } from '../../sso-connections/sso-connections.module';
import { BrowserSignInModule } from '../browser/browser-sign-in.module';
import { SamlController } from './saml.controller';
import { SamlReplays } from './saml-replays.service';
import { SamlSignIn } from './saml-sign-in.service';
import { SamlVerification } from './worker/saml-verification.service';

/** Signing in through SAML 2.0 identity providers. */
@Module({
  imports: [SsoConnectionsModule, BrowserSignInModule],
  controllers: [SamlController],
  providers: [SamlSignIn, SamlReplays, SamlVerification],
})
export class SamlModule {}

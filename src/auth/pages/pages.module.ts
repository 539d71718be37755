import { Module } from '@nestjs/common';
import { IdempotencyModule } from '../../idempotency/idempotency.module';
import { MailModule } from '../../mail/mail.module';
import { BrowserSignInModule } from '../browser/browser-sign-in.module';
import { SignInDiscoveryModule } from '../discovery/sign-in-discovery.module';
import { FactorsModule } from '../factors/factors.module';
import { LogoutModule } from '../logout/logout.module';
import { MfaModule } from '../mfa/mfa.module';
import { PasskeysModule } from '../passkeys/passkeys.module';
import { PasswordsModule } from '../password/passwords.module';
import { CodesShownOnce } from './codes-shown-once.service';
import { FactorPagesController } from './factor-pages.controller';
import { OwnOrigin } from './own-origin';
import { PageSecondStep } from './page-second-step.service';
import { PageSignIn } from './page-sign-in.service';
import { PagesController } from './pages.controller';
import { PhonePagesController } from './phone-pages.controller';
import { SecondStepOnce } from './second-step-once.service';
import { SecondStepController } from './second-step.controller';

/** Signing in on pages of this service, and keeping one's second factors there. */
@Module({
  imports: [
    SignInDiscoveryModule,
    PasswordsModule,
    PasskeysModule,
    BrowserSignInModule,
    FactorsModule,
    MfaModule,
    LogoutModule,
    IdempotencyModule,
    MailModule,
  ],
  controllers: [PagesController, SecondStepController, FactorPagesController, PhonePagesController],
  providers: [OwnOrigin, PageSignIn, PageSecondStep, CodesShownOnce, SecondStepOnce],
})
export class PagesModule {}

import { Module } from '@nestjs/common';
import { DomainsModule } from '../../../domains/domains.module';
import { IdempotencyModule } from '../../../idempotency/idempotency.module';
import { MailModule } from '../../../mail/mail.module';
import { MembersModule } from '../../../members/members.module';
import { DevicesModule } from '../../devices/devices.module';
import { SessionsModule } from '../../sessions/sessions.module';
import { PasswordsModule } from '../passwords.module';
import { CurrentPassword } from './current-password.service';
import { ForgottenPasswords } from './forgotten-passwords.service';
import { MailsPerAddress } from './mails-per-address';
import { PasswordChangeController, StartedResetsController } from './password-change.controller';
import { ChangeOfPassword } from './password-change.service';
import { PasswordNotices } from './password-notices.service';
import { PasswordPagesController } from './password-pages.controller';
import { PasswordReset } from './password-reset.service';
import { PasswordStore } from './password-store.service';
import { ResetConsequences } from './reset-consequences.service';
import { ResetLinks } from './reset-links.service';
import { ResetOffers } from './reset-offers.service';
import { StartedResets } from './started-resets.service';

/** Choosing another password: knowing the one of before, or by a link from the mail. */
@Module({
  imports: [
    DevicesModule,
    DomainsModule,
    IdempotencyModule,
    MailModule,
    MembersModule,
    PasswordsModule,
    SessionsModule,
  ],
  controllers: [PasswordChangeController, StartedResetsController, PasswordPagesController],
  providers: [
    ChangeOfPassword,
    CurrentPassword,
    ForgottenPasswords,
    MailsPerAddress,
    PasswordNotices,
    PasswordReset,
    PasswordStore,
    ResetConsequences,
    ResetLinks,
    ResetOffers,
    StartedResets,
  ],
})
export class PasswordChangeModule {}

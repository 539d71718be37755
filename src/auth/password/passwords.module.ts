import { Module } from '@nestjs/common';
import { MembersModule } from '../../members/members.module';
import { DevicesModule } from '../devices/devices.module';
import { MfaModule } from '../mfa/mfa.module';
import { SessionsModule } from '../sessions/sessions.module';
import { PasswordHasher } from './hashing/password-hasher';
import { KnownPassword } from './known-password.service';
import { LoginFailures } from './login-failures.service';
import { LoginThrottle } from './login-throttle.service';
import { PasswordAdmission } from './password-admission.service';
import { PasswordLoginService } from './password-login.service';
import { PasswordController } from './password.controller';
import { NewPasswords } from './rules/new-passwords.service';
import { PasswordRules } from './rules/password-rules.service';

/** What passwords must be like, their hashes, how often one may be guessed, and signing in with one. */
@Module({
  imports: [DevicesModule, MembersModule, MfaModule, SessionsModule],
  controllers: [PasswordController],
  providers: [
    PasswordHasher,
    PasswordRules,
    NewPasswords,
    LoginThrottle,
    KnownPassword,
    PasswordLoginService,
    PasswordAdmission,
    LoginFailures,
  ],
  exports: [PasswordHasher, PasswordRules, NewPasswords, LoginThrottle, KnownPassword, PasswordLoginService],
})
export class PasswordsModule {}

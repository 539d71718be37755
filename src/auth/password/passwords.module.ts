import { Module } from '@nestjs/common';
import { DevicesModule } from '../devices/devices.module';
import { KnownPassword } from './known-password.service';
import { LoginThrottle } from './login-throttle.service';
import { PasswordHasher } from './hashing/password-hasher';
import { NewPasswords } from './rules/new-passwords.service';
import { PasswordRules } from './rules/password-rules.service';

/** What passwords must be like, their hashes, and how often one may be guessed. */
@Module({
  imports: [DevicesModule],
  providers: [PasswordHasher, PasswordRules, NewPasswords, LoginThrottle, KnownPassword],
  exports: [PasswordHasher, PasswordRules, NewPasswords, LoginThrottle, KnownPassword],
})
export class PasswordsModule {}

import { Module } from '@nestjs/common';
import { MembersModule } from '../members/members.module';
import { BrowserSignInModule } from './browser/browser-sign-in.module';
import { OidcModule } from './oidc/oidc.module';
import { PasswordController } from './password/password.controller';
import { PasswordHasher } from './password/password-hasher';
import { PasswordAdmission } from './password/password-admission.service';
import { PasswordLoginService } from './password/password-login.service';
import { SamlModule } from './saml/saml.module';
import { SessionsModule } from './sessions/sessions.module';

/** Signing in and staying in. */
@Module({
  imports: [MembersModule, SessionsModule, BrowserSignInModule, OidcModule, SamlModule],
  controllers: [PasswordController],
  providers: [PasswordHasher, PasswordLoginService, PasswordAdmission],
  exports: [PasswordHasher, SessionsModule],
})
export class AuthModule {}

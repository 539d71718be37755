import { Module } from '@nestjs/common';
import { IdentitiesModule } from '../identities/identities.module';
import { PasswordsModule } from '../password/passwords.module';
import { SessionsModule } from '../sessions/sessions.module';
import { AccountProof } from './account-proof.service';
import { ConflictsController } from './conflicts.controller';
import { LinkAccount } from './link-account.service';
import { LinkController } from './link.controller';
import { PasswordProof } from './password-proof.service';

/** Proving that the account with the same address is one's own, and deciding about those who did not. */
@Module({
  imports: [IdentitiesModule, PasswordsModule, SessionsModule],
  controllers: [LinkController, ConflictsController],
  providers: [LinkAccount, AccountProof, PasswordProof],
})
export class LinkingModule {}

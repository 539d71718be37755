import { Module } from '@nestjs/common';
import { MembersModule } from '../../members/members.module';
import { FactorsModule } from '../factors/factors.module';
import { PasswordsModule } from '../password/passwords.module';
import { SessionsModule } from '../sessions/sessions.module';
import { OwnProofs } from './own-proofs.service';
import { RaisedSessions } from './raised-sessions.service';
import { ReauthenticationController } from './reauthentication.controller';
import { Reauthentication } from './reauthentication.service';

/** Proving anew who one is, before what cannot be undone. */
@Module({
  imports: [MembersModule, FactorsModule, PasswordsModule, SessionsModule],
  controllers: [ReauthenticationController],
  providers: [Reauthentication, OwnProofs, RaisedSessions],
})
export class ReauthenticationModule {}

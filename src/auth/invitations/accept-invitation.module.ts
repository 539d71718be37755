import { Module } from '@nestjs/common';
import { IdempotencyModule } from '../../idempotency/idempotency.module';
import { MembersModule } from '../../members/members.module';
import { PasswordsModule } from '../password/passwords.module';
import { SessionsModule } from '../sessions/sessions.module';
import { AcceptInvitationController } from './accept-invitation.controller';
import { AcceptInvitationService } from './accept-invitation.service';
import { InvitationPageController } from './invitation-page.controller';
import { Visitor } from './visitor.service';

/** Accepting an invitation: the page and the call. */
@Module({
  imports: [IdempotencyModule, MembersModule, PasswordsModule, SessionsModule],
  controllers: [AcceptInvitationController, InvitationPageController],
  providers: [AcceptInvitationService, Visitor],
})
export class AcceptInvitationModule {}

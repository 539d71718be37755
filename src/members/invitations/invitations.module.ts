import { Module } from '@nestjs/common';
import { MailModule } from '../../mail/mail.module';
import { GrantsModule } from '../grants/grants.module';
import { PeopleModule } from '../people.module';
import { InvitationAcceptanceService } from './invitation-acceptance.service';
import { InvitationDelivery } from './invitation-delivery.service';
import { InvitationList } from './invitation-list.service';
import { InvitationRetention } from './invitation-retention';
import { InvitationsController } from './invitations.controller';
import { InvitationsService } from './invitations.service';
import { LeakedInvitations } from './leaked-invitations';

/** Inviting people, and turning invitations into memberships. */
@Module({
  imports: [MailModule, GrantsModule, PeopleModule],
  controllers: [InvitationsController],
  providers: [
    InvitationsService,
    InvitationList,
    InvitationDelivery,
    InvitationAcceptanceService,
    InvitationRetention,
    LeakedInvitations,
  ],
  exports: [InvitationsService, InvitationList, InvitationDelivery, InvitationAcceptanceService],
})
export class InvitationsModule {}

import { Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module';
import { WorkspacesModule } from '../workspaces/workspaces.module';
import { FoundingService } from './founding.service';
import { InvitationAcceptanceService } from './invitations/invitation-acceptance.service';
import { InvitationDelivery } from './invitations/invitation-delivery.service';
import { InvitationsController } from './invitations/invitations.controller';
import { InvitationsService } from './invitations/invitations.service';
import { MemberDirectoryService } from './member-directory.service';
import { MemberJoiningService } from './member-joining.service';
import { MembersController } from './members.controller';
import { MembersService } from './members.service';
import { MembershipsController } from './memberships.controller';
import { MembershipsService } from './memberships.service';
import { RolesController } from './roles.controller';
import { UsersService } from './users.service';

@Module({
  imports: [WorkspacesModule, MailModule],
  controllers: [MembersController, InvitationsController, MembershipsController, RolesController],
  providers: [
    FoundingService,
    MemberDirectoryService,
    MemberJoiningService,
    MembersService,
    MembershipsService,
    UsersService,
    InvitationsService,
    InvitationDelivery,
    InvitationAcceptanceService,
  ],
  exports: [
    FoundingService,
    MemberDirectoryService,
    MemberJoiningService,
    MembersService,
    MembershipsService,
    UsersService,
    InvitationAcceptanceService,
  ],
})
export class MembersModule {}

import { Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module';
import { AccessController } from './access.controller';
import { EscalationMail } from './escalation-mail';
import { FoundingService } from './founding.service';
import { GrantsModule } from './grants/grants.module';
import { MemberExport } from './list/member-export.service';
import { MemberList } from './list/member-list.service';
import { MemberArrival } from './member-arrival.service';
import { MemberDirectoryService } from './member-directory.service';
import { MemberJoiningService } from './member-joining.service';
import { MembersController } from './members.controller';
import { MembersService } from './members.service';
import { MembershipsController } from './memberships.controller';
import { MembershipsService } from './memberships.service';
import { OffboardingModule } from './offboarding/offboarding.module';
import { RolesController } from './roles.controller';
import { Standings } from './standings.service';
import { TallyFolding } from './tallies/tally-folding';
import { UsersService } from './users.service';

/** Members and users themselves: the files of the room, `list` and `tallies`. */
@Module({
  imports: [MailModule, GrantsModule, OffboardingModule],
  controllers: [MembersController, AccessController, MembershipsController, RolesController],
  providers: [
    MembersService,
    MemberList,
    MemberExport,
    MemberArrival,
    MemberDirectoryService,
    MemberJoiningService,
    MembershipsService,
    FoundingService,
    UsersService,
    Standings,
    EscalationMail,
    TallyFolding,
  ],
  exports: [
    MembersService,
    MemberList,
    MemberArrival,
    MemberDirectoryService,
    MemberJoiningService,
    MembershipsService,
    FoundingService,
    UsersService,
    Standings,
  ],
})
export class PeopleModule {}

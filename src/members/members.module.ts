import { Module } from '@nestjs/common';
import { WorkspacesModule } from '../workspaces/workspaces.module';
import { FoundingService } from './founding.service';
import { MemberDirectoryService } from './member-directory.service';
import { MemberJoiningService } from './member-joining.service';
import { MembersController } from './members.controller';
import { MembersService } from './members.service';
import { MembershipsController } from './memberships.controller';
import { MembershipsService } from './memberships.service';
import { RolesController } from './roles.controller';
import { UsersService } from './users.service';

@Module({
  imports: [WorkspacesModule],
  controllers: [MembersController, MembershipsController, RolesController],
  providers: [
    FoundingService,
    MemberDirectoryService,
    MemberJoiningService,
    MembersService,
    MembershipsService,
    UsersService,
  ],
  exports: [
    FoundingService,
    MemberDirectoryService,
    MemberJoiningService,
    MembersService,
    MembershipsService,
    UsersService,
  ],
})
export class MembersModule {}

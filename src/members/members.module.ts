import { Module } from '@nestjs/common';
import { WorkspacesModule } from '../workspaces/workspaces.module';
import { FoundingService } from './founding.service';
import { MemberDirectoryService } from './member-directory.service';
import { MembersService } from './members.service';
import { UsersService } from './users.service';

@Module({
  imports: [WorkspacesModule],
  providers: [FoundingService, MemberDirectoryService, MembersService, UsersService],
  exports: [FoundingService, MemberDirectoryService, MembersService, UsersService],
})
export class MembersModule {}

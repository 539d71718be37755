import { Module } from '@nestjs/common';
import { WorkspacesModule } from '../workspaces/workspaces.module';
import { FoundingService } from './founding.service';
import { MembersService } from './members.service';
import { UsersService } from './users.service';

@Module({
  imports: [WorkspacesModule],
  providers: [FoundingService, MembersService, UsersService],
  exports: [FoundingService, MembersService, UsersService],
})
export class MembersModule {}

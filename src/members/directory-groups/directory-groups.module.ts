import { Module } from '@nestjs/common';
import { GrantsModule } from '../grants/grants.module';
import { LargeChangesModule } from '../large-changes/large-changes.module';
import { DirectoryGroupsController } from './directory-groups.controller';
import { DirectoryGroups } from './directory-groups.service';
import { GroupMemberships } from './group-memberships.service';
import { GroupOverview } from './group-overview.service';
import { GroupRoles } from './group-roles.service';

/** Groups of directories. */
@Module({
  imports: [GrantsModule, LargeChangesModule],
  controllers: [DirectoryGroupsController],
  providers: [DirectoryGroups, GroupMemberships, GroupOverview, GroupRoles],
  exports: [DirectoryGroups, GroupMemberships, GroupRoles],
})
export class DirectoryGroupsModule {}

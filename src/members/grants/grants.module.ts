import { Module } from '@nestjs/common';
import { WorkspacesModule } from '../../workspaces/workspaces.module';
import { LargeChangesModule } from '../large-changes/large-changes.module';
import { AccessExplanations } from './access-explanation.service';
import { AccessStore } from './access-store.service';
import { AccessService } from './access.service';
import { AlikeMembers } from './alike-members.service';
import { DirectoryGrants } from './directory-grants.service';
import { RoleSync } from './role-sync.service';
import { RuleStore } from './rule-store.service';
import { RuleSweep } from './rule-sweep.service';

/** What gives members their roles. Every change of a grant ends in AccessService. */
@Module({
  imports: [WorkspacesModule, LargeChangesModule],
  providers: [
    AccessStore,
    AccessService,
    AccessExplanations,
    AlikeMembers,
    DirectoryGrants,
    RoleSync,
    RuleStore,
    RuleSweep,
  ],
  exports: [
    AccessStore,
    AccessService,
    AccessExplanations,
    AlikeMembers,
    DirectoryGrants,
    RoleSync,
    RuleStore,
    RuleSweep,
  ],
})
export class GrantsModule {}

import { Module } from '@nestjs/common';
import { EnforcementService } from './enforcement.service';
import { RunningSessions } from './running-sessions.service';
import { WorkspaceController } from './workspace.controller';
import { WorkspacePolicyService } from './workspace-policy.service';
import { WorkspacesService } from './workspaces.service';

@Module({
  controllers: [WorkspaceController],
  providers: [EnforcementService, RunningSessions, WorkspacePolicyService, WorkspacesService],
  exports: [EnforcementService, RunningSessions, WorkspacePolicyService, WorkspacesService],
})
export class WorkspacesModule {}

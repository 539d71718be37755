import { Module } from '@nestjs/common';
import { EnforcementService } from './enforcement.service';
import { WorkspaceController } from './workspace.controller';
import { WorkspacePolicyService } from './workspace-policy.service';
import { WorkspacesService } from './workspaces.service';

@Module({
  controllers: [WorkspaceController],
  providers: [EnforcementService, WorkspacePolicyService, WorkspacesService],
  exports: [EnforcementService, WorkspacePolicyService, WorkspacesService],
})
export class WorkspacesModule {}

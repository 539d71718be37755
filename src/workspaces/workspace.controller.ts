import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiConflictResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireFreshAuthentication, RequirePermission } from '../access/declarations';
import { Plans } from '../access/plans';
import { Audited } from '../audit/audited';
import { UpdateWorkspaceDto, WorkspaceDto } from './workspace.dto';
import type { Workspace } from './workspace.entity';
import { UpdateWorkspacePolicyDto, WorkspacePolicyDto } from './workspace-policy.dto';
import { WorkspacePolicyService } from './workspace-policy.service';
import { WorkspacesService } from './workspaces.service';

@ApiTags('Workspace')
@Controller('v1/workspace')
export class WorkspaceController {
  constructor(
    private readonly workspaces: WorkspacesService,
    private readonly policies: WorkspacePolicyService,
    private readonly plans: Plans,
  ) {}

  @Get()
  @RequirePermission('workspace:read')
  @ApiOperation({ summary: 'The workspace of this credential' })
  @ApiOkResponse({ type: WorkspaceDto })
  async get(): Promise<WorkspaceDto> {
    return this.show(await this.workspaces.current());
  }

  @Patch()
  @RequirePermission('workspace:write')
  @Audited('workspace.updated')
  @ApiOperation({ summary: 'Rename the workspace' })
  @ApiOkResponse({ type: WorkspaceDto })
  @ApiConflictResponse({ description: '`conflict`: the slug is taken' })
  async update(@Body() changes: UpdateWorkspaceDto): Promise<WorkspaceDto> {
    return this.show(await this.workspaces.update(changes));
  }

  @Get('policy')
  @RequirePermission('workspace:read')
  @ApiOperation({ summary: 'What the workspace demands of sessions, sign-ins and API keys' })
  @ApiOkResponse({ type: WorkspacePolicyDto })
  async policy(): Promise<WorkspacePolicyDto> {
    return WorkspacePolicyDto.of(await this.policies.current());
  }

  @Patch('policy')
  @RequirePermission('workspace:write')
  @RequireFreshAuthentication()
  @Audited('workspace.policy_updated')
  @ApiOperation({ summary: 'Change the policy; what is left out stays' })
  @ApiOkResponse({ type: WorkspacePolicyDto })
  @ApiConflictResponse({
    description: '`enforcement_blocked` with every unmet condition in errors, `break_glass_required`',
  })
  async updatePolicy(@Body() changes: UpdateWorkspacePolicyDto): Promise<WorkspacePolicyDto> {
    return WorkspacePolicyDto.of(await this.policies.update(changes));
  }

  private async show(workspace: Workspace): Promise<WorkspaceDto> {
    return WorkspaceDto.of(workspace, (await this.plans.current()).features);
  }
}

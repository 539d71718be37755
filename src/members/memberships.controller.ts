import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Caller, OutsideTransaction, SignedIn } from '../access/declarations';
import type { UserPrincipal } from '../access/principal';
import { Audited } from '../audit/audited';
import { type Page, PageQuery, toPage } from '../http/page';
import { FoundingService } from './founding.service';
import { CreateWorkspaceDto, MembershipDto, MembershipPage } from './memberships.dto';
import { MembershipsService } from './memberships.service';

@ApiTags('Workspace')
@Controller('v1/workspaces')
export class MembershipsController {
  constructor(
    private readonly memberships: MembershipsService,
    private readonly founding: FoundingService,
  ) {}

  @Get()
  @SignedIn()
  @OutsideTransaction()
  @ApiOperation({ summary: 'The workspaces you are a member of at this moment' })
  @ApiOkResponse({ type: MembershipPage })
  async list(@Caller() caller: UserPrincipal, @Query() query: PageQuery): Promise<Page<MembershipDto>> {
    const found = await this.memberships.list(caller.id, query);
    return toPage(found, query.limit, (membership) => MembershipDto.of(membership, caller.workspaceId));
  }

  @Post()
  @SignedIn()
  @OutsideTransaction()
  @Audited('workspace.created')
  @ApiOperation({ summary: 'Make a workspace with yourself as its admin; switch to it to work there' })
  @ApiCreatedResponse({ type: MembershipDto })
  @ApiConflictResponse({ description: '`slug_taken`' })
  async create(
    @Caller() caller: UserPrincipal,
    @Body() { name, slug }: CreateWorkspaceDto,
  ): Promise<MembershipDto> {
    const { workspaceId, memberId, createdAt } = await this.founding.found({
      name,
      slug,
      adminEmail: caller.email,
      adminUserId: caller.id,
      ...(caller.displayName ? { adminName: caller.displayName } : {}),
    });
    const membership = {
      id: workspaceId,
      slug,
      name,
      createdAt,
      memberId,
      role: 'admin',
      approver: false,
    } as const;
    return MembershipDto.of(membership, caller.workspaceId);
  }
}

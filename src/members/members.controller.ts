import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { Caller, RequirePermission, RequireScope, SignedIn } from '../access/declarations';
import type { Principal, UserPrincipal } from '../access/principal';
import { Audited } from '../audit/audited';
import type { Page } from '../http/page';
import { IdParam } from '../http/uuid-param';
import { MemberList } from './list/member-list.service';
import type { Member } from './member.entity';
import { MemberCountsDto, MemberDto, MemberPage, MemberQuery, UpdateMemberDto } from './members.dto';
import { MembersService } from './members.service';

@ApiTags('Members')
@Controller('v1/members')
export class MembersController {
  constructor(
    private readonly members: MembersService,
    private readonly memberList: MemberList,
  ) {}

  @Get()
  @RequirePermission('members:read')
  @RequireScope('members:read')
  @ApiOperation({ summary: 'List members, newest first unless sorted otherwise' })
  @ApiOkResponse({ type: MemberPage })
  async list(@Query() query: MemberQuery): Promise<Page<MemberDto>> {
    const { members, next } = await this.memberList.page(query);
    const facts = await this.memberList.factsOf(members.map(({ id }) => id));
    return { data: members.map((member) => MemberDto.of(member, facts)), nextCursor: next };
  }

  @Get('counts')
  @RequirePermission('members:read')
  @RequireScope('members:read')
  @ApiOperation({ summary: 'How many members there are, by status, role and source' })
  @ApiOkResponse({ type: MemberCountsDto })
  async counts(): Promise<MemberCountsDto> {
    return MemberCountsDto.of(await this.memberList.counts());
  }

  @Get(':id')
  @RequirePermission('members:read')
  @RequireScope('members:read')
  @ApiOperation({ summary: 'One member, also when removed' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: MemberDto })
  async get(@IdParam('Member') id: string): Promise<MemberDto> {
    return this.show(await this.members.get(id));
  }

  @Patch(':id')
  @RequirePermission('members:write')
  @RequireScope('members:write')
  @Audited('workspace.member_updated')
  @ApiOperation({ summary: 'Change role and approver; effective with the next request of the member' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: MemberDto })
  @ApiConflictResponse({ description: '`last_admin`, `member_removed`' })
  async update(
    @Caller() caller: Principal,
    @IdParam('Member') id: string,
    @Body() changes: UpdateMemberDto,
  ): Promise<MemberDto> {
    return this.show(await this.members.update(caller, id, changes));
  }

  @Delete('me')
  @HttpCode(204)
  @SignedIn()
  @Audited('workspace.member_removed')
  @ApiOperation({ summary: 'Leave the workspace yourself, as if an admin had removed you' })
  @ApiNoContentResponse()
  @ApiConflictResponse({ description: '`last_admin`, `break_glass_required`' })
  leave(@Caller() caller: UserPrincipal): Promise<void> {
    return this.members.leave(caller);
  }

  @Delete(':id')
  @HttpCode(204)
  @RequirePermission('members:write')
  @RequireScope('members:write')
  @Audited('workspace.member_removed')
  @ApiOperation({
    summary: 'Remove a member with all that opens the workspace to them; API keys follow the policy',
  })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiNoContentResponse()
  @ApiConflictResponse({ description: '`last_admin`' })
  remove(@IdParam('Member') id: string): Promise<void> {
    return this.members.remove(id);
  }

  @Post(':id/restore')
  @HttpCode(200)
  @RequirePermission('members:write')
  @RequireScope('members:write')
  @Audited('workspace.member_restored')
  @ApiOperation({ summary: 'Let a removed member in again, with the role of before' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: MemberDto })
  async restore(@Caller() caller: Principal, @IdParam('Member') id: string): Promise<MemberDto> {
    return this.show(await this.members.restore(caller, id));
  }

  private async show(member: Member): Promise<MemberDto> {
    return MemberDto.of(member, await this.memberList.factsOf([member.id]));
  }
}

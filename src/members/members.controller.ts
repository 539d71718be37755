import { Readable } from 'node:stream';
import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query, StreamableFile } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import {
  Caller,
  OutsideTransaction,
  RequirePermission,
  RequireScope,
  SignedIn,
} from '../access/declarations';
import type { Principal, UserPrincipal } from '../access/principal';
import { Audited } from '../audit/audited';
import type { Page } from '../http/page';
import { IdParam } from '../http/uuid-param';
import { MEMBER_EXPORT_FORMATS } from './list/member-export';
import { type ExportedMembers, MemberExport } from './list/member-export.service';
import { MemberList } from './list/member-list.service';
import type { Member } from './member.entity';
import {
  MemberCountsDto,
  MemberDto,
  MemberExportQuery,
  MemberPage,
  MemberQuery,
  UpdateMemberDto,
} from './members.dto';
import { MembersService } from './members.service';

@ApiTags('Members')
@Controller('v1/members')
export class MembersController {
  constructor(
    private readonly members: MembersService,
    private readonly memberList: MemberList,
    private readonly exports: MemberExport,
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

  @Get('export')
  @RequirePermission('members:read')
  @RequireScope('members:read')
  @OutsideTransaction()
  @ApiOperation({ summary: 'All matching members, oldest first, as a file' })
  @ApiProduces('text/csv', 'application/x-ndjson')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  async export(
    @Caller() { workspaceId }: Principal,
    @Query() { format = 'csv', ...query }: MemberExportQuery,
  ): Promise<StreamableFile> {
    const portions = await this.exports.begin(workspaceId, query, format);
    const { contentType, extension } = MEMBER_EXPORT_FORMATS[format];
    return new StreamableFile(Readable.from(fileOf(portions, format)), {
      type: contentType,
      disposition: `attachment; filename="members-${new Date().toISOString().slice(0, 10)}.${extension}"`,
    });
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

async function* fileOf(
  portions: AsyncIterable<ExportedMembers>,
  format: keyof typeof MEMBER_EXPORT_FORMATS,
): AsyncGenerator<string> {
  const { head, line } = MEMBER_EXPORT_FORMATS[format];
  if (head) yield head;
  for await (const { members, facts } of portions) {
    yield members.map((member) => line(MemberDto.of(member, facts))).join('');
  }
}

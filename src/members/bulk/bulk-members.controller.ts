import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiForbiddenResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequirePermission, RequireScope } from '../../access/declarations';
import type { Principal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { BulkMembersDto, BulkMembersResultDto } from './bulk-members.dto';
import { BulkMembers } from './bulk-members.service';

@ApiTags('Members')
@Controller('v1/members/bulk')
export class BulkMembersController {
  constructor(private readonly bulk: BulkMembers) {}

  @Post()
  @HttpCode(200)
  @RequirePermission('members:write')
  @RequireScope('members:write')
  @OutsideTransaction()
  @Audited('workspace.member_updated', 'workspace.member_removed', 'workspace.member_restored')
  @ApiOperation({ summary: 'Change, remove or restore up to 200 members; each is refused or done by itself' })
  @ApiOkResponse({ type: BulkMembersResultDto })
  @ApiForbiddenResponse({ description: '`role_above_own`' })
  async run(@Caller() caller: Principal, @Body() input: BulkMembersDto): Promise<BulkMembersResultDto> {
    const { dryRun = false } = input;
    const result = await this.bulk.run(
      caller,
      BulkMembersDto.target(input),
      BulkMembersDto.deed(input),
      dryRun,
    );
    return BulkMembersResultDto.of(result, dryRun);
  }
}

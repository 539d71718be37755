import { Controller, Delete, Get, HttpCode } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiForbiddenResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { Caller, RequirePermission, RequireScope } from '../access/declarations';
import type { Principal } from '../access/principal';
import { Audited } from '../audit/audited';
import { IdParam } from '../http/uuid-param';
import { MembersService } from './members.service';
import { MemberAccessDto } from './access.dto';
import { AccessExplanations } from './grants/access-explanation.service';

@ApiTags('Members')
@Controller('v1/members/:id/access')
export class AccessController {
  constructor(
    private readonly explanations: AccessExplanations,
    private readonly members: MembersService,
  ) {}

  @Get()
  @RequirePermission('members:read')
  @RequireScope('members:read')
  @ApiOperation({ summary: 'Why a member has their role: every grant, and what providers last said' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: MemberAccessDto })
  async explain(@IdParam('Member') id: string): Promise<MemberAccessDto> {
    return MemberAccessDto.of(await this.explanations.explain(id));
  }

  @Delete('override')
  @HttpCode(204)
  @RequirePermission('members:write')
  @RequireScope('members:write')
  @Audited('workspace.member_updated')
  @ApiOperation({ summary: 'Lift the change by hand: the other grants count again' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiNoContentResponse()
  @ApiForbiddenResponse({ description: '`role_above_own`: the other grants come to more than you may give' })
  @ApiConflictResponse({ description: '`last_admin`, `member_removed`' })
  lift(@Caller() caller: Principal, @IdParam('Member') id: string): Promise<void> {
    return this.members.liftOverride(caller, id);
  }
}

import { Controller, Delete, HttpCode } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiForbiddenResponse,
  ApiNoContentResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { Caller, RequireFreshAuthentication, RequirePermission } from '../../access/declarations';
import type { Principal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { IdParam } from '../../http/uuid-param';
import { MemberFactors } from './member-factors.service';

@ApiTags('Members')
@Controller('v1/members/:id/factors')
export class MemberFactorsController {
  constructor(private readonly factors: MemberFactors) {}

  /** For people only: a leaked key must not take second factors away. */
  @Delete()
  @HttpCode(204)
  @RequirePermission('members:write')
  @RequireFreshAuthentication()
  @Audited('auth.factors_reset')
  @ApiOperation({
    summary: 'Remove all second factors of a member and end their sessions, so that they set up new ones',
  })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiNoContentResponse()
  @ApiForbiddenResponse({ description: '`role_above_own`' })
  @ApiConflictResponse({ description: '`own_factors`, `break_glass_depends_on_it`' })
  reset(@Caller() caller: Principal, @IdParam('Member') id: string): Promise<void> {
    return this.factors.reset(caller, id);
  }
}

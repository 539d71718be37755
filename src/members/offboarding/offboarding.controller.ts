import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequirePermission, RequireScope } from '../../access/declarations';
import { IdParam } from '../../http/uuid-param';
import { OffboardingDto } from './offboarding.dto';
import { Offboarding } from './offboarding.service';

@ApiTags('Members')
@Controller('v1/members/:id/offboarding')
export class OffboardingController {
  constructor(private readonly offboarding: Offboarding) {}

  @Get()
  @RequirePermission('members:read')
  @RequireScope('members:read')
  @ApiOperation({ summary: "The receipt of a member's latest departure: all that ended with it, and when" })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: OffboardingDto })
  async get(@IdParam('Member') id: string): Promise<OffboardingDto> {
    return OffboardingDto.of(await this.offboarding.receiptOf(id));
  }
}

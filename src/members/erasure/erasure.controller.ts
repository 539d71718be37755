import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiConflictResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireFreshAuthentication, RequirePermission } from '../../access/declarations';
import { Audited } from '../../audit/audited';
import { IdParam } from '../../http/uuid-param';
import { EraseMemberDto, ErasedDto } from './erasure.dto';
import { Erasure } from './erasure.service';
import { PersonalExport } from './personal-export.service';

@ApiTags('Members')
@RequirePermission('members:erase')
@RequireFreshAuthentication()
@Controller('v1/members/:id')
export class ErasureController {
  constructor(
    private readonly erasure: Erasure,
    private readonly exports: PersonalExport,
  ) {}

  @Post('erase')
  @HttpCode(200)
  @Audited('member.erased')
  @ApiOperation({ summary: 'Erase a person for good: nothing here leads to them any more (GDPR article 17)' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: ErasedDto })
  @ApiConflictResponse({ description: '`last_admin`, `break_glass_required`' })
  async erase(@IdParam('Member') id: string, @Body() { email }: EraseMemberDto): Promise<ErasedDto> {
    return ErasedDto.of(await this.erasure.erase(id, email));
  }

  @Get('export')
  @Audited('member.exported')
  @ApiOperation({ summary: 'Everything this workspace knows of a person, as JSON (GDPR articles 15 and 20)' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: true } })
  export(@IdParam('Member') id: string): Promise<Record<string, unknown>> {
    return this.exports.of(id);
  }
}

import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, OnlyLooks, OutsideTransaction, RequirePermission } from '../../access/declarations';
import type { Principal } from '../../access/principal';
import { NotAudited } from '../../audit/audited';
import { PreviewDto, PreviewRequestDto } from './preview.dto';
import { ScimPreview } from './preview.service';

@ApiTags('Directory')
@Controller('v1/scim/preview')
export class PreviewController {
  constructor(private readonly preview: ScimPreview) {}

  @Post()
  @HttpCode(200)
  @RequirePermission('scim:read')
  @OutsideTransaction()
  @OnlyLooks()
  @NotAudited('Everything it does is taken back.')
  @ApiOperation({ summary: 'What a request of a directory would do, without doing it' })
  @ApiOkResponse({ type: PreviewDto })
  async of(@Caller() caller: Principal, @Body() request: PreviewRequestDto): Promise<PreviewDto> {
    return PreviewDto.of(await this.preview.of(caller.workspaceId, request));
  }
}

import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { Caller, OnlyLooks, RequirePermission, WithoutFeature } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited, NotAudited } from '../../audit/audited';
import { type Page, PageQuery, toPage } from '../../http/page';
import { IdParam } from '../../http/uuid-param';
import { SwitchOffDto, SwitchOffForecastDto, SwitchOffPage, SwitchOffRequestDto } from './switch-off.dto';
import { SwitchOffs } from './switch-off.service';
import { SwitchOffPlan } from './switch-off-plan.service';

/** For people only. Whatever the plan: this turns something off. */
@ApiTags('Directory')
@Controller('v1/scim/switch-off')
export class SwitchOffController {
  constructor(
    private readonly switchOffs: SwitchOffs,
    private readonly plan: SwitchOffPlan,
  ) {}

  @Post('preview')
  @HttpCode(200)
  @RequirePermission('scim:write')
  @WithoutFeature()
  @OnlyLooks()
  @NotAudited('It only says what would happen.')
  @ApiOperation({ summary: 'Whom and what switching the directory off would concern' })
  @ApiOkResponse({ type: SwitchOffForecastDto })
  async preview(
    @Caller() caller: UserPrincipal,
    @Body() { mode }: SwitchOffRequestDto,
  ): Promise<SwitchOffForecastDto> {
    return SwitchOffForecastDto.of(await this.plan.of(caller, mode));
  }

  @Post()
  @RequirePermission('scim:write')
  @WithoutFeature()
  @Audited('scim.switched_off')
  @ApiOperation({ summary: 'Switch the directory off: its credentials end, its people follow the mode' })
  @ApiCreatedResponse({ type: SwitchOffDto })
  @ApiConflictResponse({ description: '`no_directory`, `break_glass_required`' })
  async switchOff(
    @Caller() caller: UserPrincipal,
    @Body() { mode }: SwitchOffRequestDto,
  ): Promise<SwitchOffDto> {
    return SwitchOffDto.of(await this.switchOffs.switchOff(caller, mode));
  }

  @Get()
  @RequirePermission('scim:read')
  @WithoutFeature()
  @ApiOperation({ summary: 'When the directory was switched off, newest first' })
  @ApiOkResponse({ type: SwitchOffPage })
  async list(@Query() query: PageQuery): Promise<Page<SwitchOffDto>> {
    return toPage(await this.switchOffs.list(query), query.limit, (one) => SwitchOffDto.of(one));
  }

  @Post(':id/undo')
  @HttpCode(200)
  @RequirePermission('scim:write')
  @Audited('scim.switch_off_undone')
  @ApiOperation({ summary: 'Within seven days: everything as it was, except sessions' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: SwitchOffDto })
  @ApiConflictResponse({ description: '`undone_already`, `undo_expired`' })
  async undo(@Caller() caller: UserPrincipal, @IdParam('Switch-off') id: string): Promise<SwitchOffDto> {
    return SwitchOffDto.of(await this.switchOffs.undo(caller, id));
  }
}

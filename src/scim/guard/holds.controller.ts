import { Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiConflictResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Caller, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { type Page, PageQuery, toPage } from '../../http/page';
import { IdParam } from '../../http/uuid-param';
import { HeldChangeDto, HeldChangePage, HoldDto, HoldPage } from './holds.dto';
import { Holds } from './holds.service';

/** For people only: a decision about people that a directory would not get past the policy by itself. */
@ApiTags('Directory')
@Controller('v1/scim/holds')
export class HoldsController {
  constructor(private readonly holds: Holds) {}

  @Get()
  @RequirePermission('scim:read')
  @ApiOperation({ summary: 'Bursts of deactivations that the policy held, newest first' })
  @ApiOkResponse({ type: HoldPage })
  async list(@Query() query: PageQuery): Promise<Page<HoldDto>> {
    return toPage(await this.holds.list(query), query.limit, (hold) => HoldDto.of(hold));
  }

  @Get(':id')
  @RequirePermission('scim:read')
  @ApiOperation({ summary: 'One burst' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: HoldDto })
  async get(@IdParam('Hold') id: string): Promise<HoldDto> {
    return HoldDto.of(await this.holds.get(id));
  }

  @Get(':id/members')
  @RequirePermission('scim:read')
  @ApiOperation({ summary: 'Whom the directory wants to deactivate, in the order in which it said so' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: HeldChangePage })
  async members(@IdParam('Hold') id: string, @Query() query: PageQuery): Promise<Page<HeldChangeDto>> {
    return toPage(await this.holds.changesOf(id, query), query.limit, (change) => HeldChangeDto.of(change));
  }

  @Post(':id/approve')
  @HttpCode(200)
  @RequirePermission('scim:write')
  @Audited('scim.hold_approved')
  @ApiOperation({ summary: 'Deactivate all of them now, also after it was rejected' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: HoldDto })
  @ApiConflictResponse({ description: '`last_admin`' })
  async approve(@Caller() caller: UserPrincipal, @IdParam('Hold') id: string): Promise<HoldDto> {
    return HoldDto.of(await this.holds.approve(caller, id));
  }

  @Post(':id/reject')
  @HttpCode(200)
  @RequirePermission('scim:write')
  @Audited('scim.hold_rejected')
  @ApiOperation({
    summary: 'Deactivate none of them; for seven days the directory is refused when it asks again',
  })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: HoldDto })
  @ApiConflictResponse({ description: '`hold_decided`: it was approved' })
  async reject(@Caller() caller: UserPrincipal, @IdParam('Hold') id: string): Promise<HoldDto> {
    return HoldDto.of(await this.holds.reject(caller, id));
  }
}

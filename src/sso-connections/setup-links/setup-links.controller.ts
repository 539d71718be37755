import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { Caller, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { type Page, PageQuery, toPage } from '../../http/page';
import { IdParam } from '../../http/uuid-param';
import { CreateSetupLinkDto, IssuedSetupLinkDto, SetupLinkDto, SetupLinkPage } from './setup-links.dto';
import { SetupLinks } from './setup-links.service';

/** Links for the IT contact of a customer, who sets a connection up without an account. */
@ApiTags('Connections')
@Controller('v1/sso/connections/:id/setup-links')
export class SetupLinksController {
  constructor(private readonly links: SetupLinks) {}

  @Post()
  @RequirePermission('sso:write')
  @Audited('setup_link.created')
  @ApiOperation({ summary: 'Make a link by which somebody without an account sets this connection up' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiCreatedResponse({ type: IssuedSetupLinkDto })
  async create(
    @Caller() caller: UserPrincipal,
    @IdParam('Connection') id: string,
    @Body() input: CreateSetupLinkDto,
  ): Promise<IssuedSetupLinkDto> {
    const { link, url } = await this.links.create(caller, id, input);
    return { ...SetupLinkDto.of(link, new Date()), url };
  }

  @Get()
  @RequirePermission('sso:read')
  @ApiOperation({ summary: 'List the setup links of a connection, newest first' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: SetupLinkPage })
  async list(@IdParam('Connection') id: string, @Query() query: PageQuery): Promise<Page<SetupLinkDto>> {
    const now = new Date();
    return toPage(await this.links.list(id, query), query.limit, (link) => SetupLinkDto.of(link, now));
  }

  @Delete(':linkId')
  @HttpCode(204)
  @RequirePermission('sso:write')
  @Audited('setup_link.revoked')
  @ApiOperation({ summary: 'Revoke a setup link, also for those who are at work with it' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiNoContentResponse()
  revoke(@IdParam('Connection') id: string, @IdParam('Setup link', 'linkId') linkId: string): Promise<void> {
    return this.links.revoke(id, linkId);
  }
}

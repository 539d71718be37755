import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequirePermission, WithoutFeature } from '../access/declarations';
import type { Principal } from '../access/principal';
import { Audited } from '../audit/audited';
import { Config } from '../config/config';
import { type Page, PageQuery, toPage } from '../http/page';
import { IdParam } from '../http/uuid-param';
import { ConnectionDto, ConnectionPage, type ConnectionWithSettings } from './connection.dto';
import { ConnectionActivation } from './connection-activation.service';
import { ActivateConnectionDto, CreateConnectionDto, UpdateConnectionDto } from './connection-input.dto';
import { ConnectionReader } from './connection-reader.service';
import { ConnectionRegistration } from './connection-registration.service';
import { ConnectionRemoval } from './connection-removal.service';

@ApiTags('Connections')
@Controller('v1/sso/connections')
export class SsoConnectionsController {
  constructor(
    private readonly connections: ConnectionReader,
    private readonly registration: ConnectionRegistration,
    private readonly activation: ConnectionActivation,
    private readonly removal: ConnectionRemoval,
    private readonly config: Config,
  ) {}

  @Post()
  @OutsideTransaction()
  @RequirePermission('sso:write')
  @Audited('sso_connection.created')
  @ApiOperation({
    summary: 'Set up a connection with a SAML or OIDC identity provider; it starts as a draft',
  })
  @ApiCreatedResponse({ type: ConnectionDto })
  async create(@Caller() caller: Principal, @Body() input: CreateConnectionDto): Promise<ConnectionDto> {
    return this.show(await this.registration.create(caller.workspaceId, input));
  }

  @Get()
  @RequirePermission('sso:read')
  @ApiOperation({ summary: 'List the connections of this workspace' })
  @ApiOkResponse({ type: ConnectionPage })
  async list(@Query() query: PageQuery): Promise<Page<ConnectionDto>> {
    const rows = (await this.connections.list(query)).map((row) => ({ ...row, id: row.connection.id }));
    return toPage(rows, query.limit, (row) => this.show(row));
  }

  @Get(':id')
  @RequirePermission('sso:read')
  @ApiOperation({ summary: 'Show a connection' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: ConnectionDto })
  async get(@IdParam('Connection') id: string): Promise<ConnectionDto> {
    return this.show(await this.connections.get(id));
  }

  @Patch(':id')
  @OutsideTransaction()
  @RequirePermission('sso:write')
  @Audited('sso_connection.updated')
  @ApiOperation({ summary: 'Change a connection' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: ConnectionDto })
  async update(
    @Caller() caller: Principal,
    @IdParam('Connection') id: string,
    @Body() input: UpdateConnectionDto,
  ): Promise<ConnectionDto> {
    return this.show(await this.registration.update(caller.workspaceId, id, input));
  }

  @Post(':id/activate')
  @HttpCode(200)
  @RequirePermission('sso:write')
  @Audited('sso_connection.activated')
  @ApiOperation({ summary: 'Let people sign in by a connection' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: ConnectionDto })
  async activate(
    @IdParam('Connection') id: string,
    @Body() { untested }: ActivateConnectionDto,
  ): Promise<ConnectionDto> {
    return this.show(await this.activation.activate(id, untested === true));
  }

  @Post(':id/disable')
  @HttpCode(200)
  @WithoutFeature()
  @RequirePermission('sso:write')
  @Audited('sso_connection.disabled')
  @ApiOperation({ summary: 'Let nobody sign in by a connection any more' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: ConnectionDto })
  async disable(@IdParam('Connection') id: string): Promise<ConnectionDto> {
    return this.show(await this.activation.disable(id));
  }

  @Delete(':id')
  @HttpCode(204)
  @RequirePermission('sso:write')
  @Audited('sso_connection.deleted')
  @ApiOperation({ summary: 'Delete a connection, its secrets and the identities known through it' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiNoContentResponse()
  delete(@IdParam('Connection') id: string): Promise<void> {
    return this.removal.delete(id);
  }

  private show(connection: ConnectionWithSettings): ConnectionDto {
    return ConnectionDto.of(connection, this.config.publicUrl, new Date());
  }
}

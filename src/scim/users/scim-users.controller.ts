import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiProduces, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Caller, OutsideTransaction, ScimClient } from '../../access/declarations';
import type { Principal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { IdParam } from '../../http/uuid-param';
import { OnCondition } from '../on-condition';
import type { ListResponse } from '../protocol/paging';
import type { Precondition } from '../protocol/precondition';
import type { ScimObject } from '../protocol/scim-value';
import type { QueryParameters } from '../query-parameters';
import { answerList, answerOne, answerPatch, answerResource } from '../resource-answer';
import { SCIM_PREFIX } from '../scim-problem.renderer';
import { PATCH_BODY, USER_BODY } from './scim-bodies';
import { ScimUsersService } from './scim-users.service';
import { UserArrivals } from './user-arrivals.service';

/** What PUT and PATCH may come to. */
const CHANGES = [
  'scim.user_updated',
  'scim.user_deactivated',
  'scim.user_reactivated',
  'scim.deactivation_taken_back',
] as const;

@ApiProduces('application/scim+json')
@ApiTags('SCIM 2.0')
@ScimClient('users')
@Controller(`${SCIM_PREFIX}/Users`)
export class ScimUsersController {
  constructor(
    private readonly users: ScimUsersService,
    private readonly arrivals: UserArrivals,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List users, by filter and page by page (RFC 7644 section 3.4.2)' })
  @ApiQuery({ name: 'filter', required: false, description: 'As `userName eq "ada@acme.test"`' })
  @ApiQuery({ name: 'startIndex', required: false })
  @ApiQuery({ name: 'count', required: false })
  list(@Query() query: QueryParameters): Promise<ListResponse<ScimObject>> {
    return answerList(this.users, query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One user (RFC 7644 section 3.4.1)' })
  get(
    @IdParam('User') id: string,
    @Query() query: QueryParameters,
    @OnCondition() precondition: Precondition | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScimObject | undefined> {
    return answerOne(this.users, id, query, precondition, reply);
  }

  @Post()
  @ApiOperation({ summary: 'Provision a user (RFC 7644 section 3.3)' })
  @OutsideTransaction()
  @Audited('scim.user_created')
  @ApiConsumes('application/scim+json', 'application/json')
  @ApiBody(USER_BODY)
  async create(
    @Caller() { workspaceId }: Principal,
    @Body() body: unknown,
    @Query() query: QueryParameters,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScimObject> {
    return answerResource(this.users, await this.arrivals.create(workspaceId, body), query, reply);
  }

  @Put(':id')
  @ApiOperation({ summary: 'Replace a user (RFC 7644 section 3.5.1)' })
  @Audited(...CHANGES)
  @ApiConsumes('application/scim+json', 'application/json')
  @ApiBody(USER_BODY)
  async replace(
    @IdParam('User') id: string,
    @Body() body: unknown,
    @Query() query: QueryParameters,
    @OnCondition() precondition: Precondition | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScimObject> {
    return answerResource(this.users, await this.users.replace(id, body, precondition), query, reply);
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change a user, or deactivate it (RFC 7644 section 3.5.2)' })
  @Audited(...CHANGES)
  @ApiConsumes('application/scim+json', 'application/json')
  @ApiBody(PATCH_BODY)
  async patch(
    @IdParam('User') id: string,
    @Body() body: unknown,
    @Query() query: QueryParameters,
    @OnCondition() precondition: Precondition | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScimObject | undefined> {
    return answerPatch(this.users, await this.users.patch(id, body, precondition), query, reply);
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Remove a user; the row stays (RFC 7644 section 3.6)' })
  @HttpCode(204)
  @Audited('scim.user_deactivated')
  delete(@IdParam('User') id: string, @OnCondition() precondition: Precondition | undefined): Promise<void> {
    return this.users.delete(id, precondition);
  }
}

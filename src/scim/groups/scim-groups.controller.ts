import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Put, Query, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { OutsideTransaction, ScimClient } from '../../access/declarations';
import { Audited } from '../../audit/audited';
import { IdParam } from '../../http/uuid-param';
import { OnCondition } from '../on-condition';
import type { ListResponse } from '../protocol/paging';
import type { Precondition } from '../protocol/precondition';
import type { ScimObject } from '../protocol/scim-value';
import type { QueryParameters } from '../query-parameters';
import { answerList, answerOne, answerPatch, answerResource, askedBack } from '../resource-answer';
import { SCIM_PREFIX } from '../scim-problem.renderer';
import { GROUP_BODY, GROUP_PATCH_BODY } from './group-bodies';
import { GroupPatches } from './group-patches.service';
import { ScimGroupsService } from './scim-groups.service';

@ApiProduces('application/scim+json')
@ApiTags('SCIM 2.0')
@ScimClient('groups')
@Controller(`${SCIM_PREFIX}/Groups`)
export class ScimGroupsController {
  constructor(
    private readonly groups: ScimGroupsService,
    private readonly patches: GroupPatches,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List groups, by filter and page by page (RFC 7644 section 3.4.2)' })
  @ApiQuery({ name: 'filter', required: false, description: 'As `displayName eq "Engineering"`' })
  @ApiQuery({ name: 'startIndex', required: false })
  @ApiQuery({ name: 'count', required: false })
  list(@Query() query: QueryParameters): Promise<ListResponse<ScimObject>> {
    return answerList(this.groups, query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One group with its members (RFC 7644 section 3.4.1)' })
  get(
    @IdParam('Group') id: string,
    @Query() query: QueryParameters,
    @OnCondition() precondition: Precondition | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScimObject | undefined> {
    return answerOne(this.groups, id, query, precondition, reply);
  }

  @Post()
  @ApiOperation({ summary: 'Make a group (RFC 7644 section 3.3)' })
  @Audited('scim.group_created')
  @ApiConsumes('application/scim+json', 'application/json')
  @ApiBody(GROUP_BODY)
  async create(
    @Body() body: unknown,
    @Query() query: QueryParameters,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScimObject> {
    return answerResource(this.groups, await this.groups.create(body), query, reply);
  }

  @Put(':id')
  @ApiOperation({ summary: 'Replace a group and its members (RFC 7644 section 3.5.1)' })
  @Audited('scim.group_updated')
  @ApiConsumes('application/scim+json', 'application/json')
  @ApiBody(GROUP_BODY)
  async replace(
    @IdParam('Group') id: string,
    @Body() body: unknown,
    @Query() query: QueryParameters,
    @OnCondition() precondition: Precondition | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScimObject> {
    return answerResource(this.groups, await this.groups.replace(id, body, precondition), query, reply);
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change a group, let members in and take them out (RFC 7644 section 3.5.2)' })
  @OutsideTransaction()
  @Audited('scim.group_updated')
  @ApiConsumes('application/scim+json', 'application/json')
  @ApiBody(GROUP_PATCH_BODY)
  @ApiOkResponse()
  @ApiNoContentResponse({ description: 'Changed; the group is answered to whoever names `attributes`' })
  async patch(
    @IdParam('Group') id: string,
    @Body() body: unknown,
    @Query() query: QueryParameters,
    @OnCondition() precondition: Precondition | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScimObject | undefined> {
    const asked = askedBack(this.groups, query);
    const group = await this.patches.patch(id, { body, precondition, asked });
    return answerPatch(this.groups, group, query, reply);
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Delete a group; the row stays (RFC 7644 section 3.6)' })
  @HttpCode(204)
  @Audited('scim.group_deleted')
  delete(@IdParam('Group') id: string, @OnCondition() precondition: Precondition | undefined): Promise<void> {
    return this.groups.delete(id, precondition);
  }
}

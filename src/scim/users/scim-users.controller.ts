import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Patch,
  Post,
  Put,
  Query,
  Res,
  UseInterceptors,
} from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiProduces, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ScimClient } from '../../access/declarations';
import { Audited } from '../../audit/audited';
import { IdParam } from '../../http/uuid-param';
import { type ListResponse, readPage } from '../protocol/paging';
import { names } from '../protocol/precondition';
import { type Projection, project, readProjection } from '../protocol/projection';
import type { ScimObject } from '../protocol/scim-value';
import { isComplex } from '../protocol/scim-value';
import { USERS } from '../protocol/user-schema';
import { type QueryParameters, single } from '../query-parameters';
import { ScimAnswerInterceptor } from '../scim-answer.interceptor';
import { SCIM_PREFIX } from '../scim-problem.renderer';
import { PATCH_BODY, USER_BODY } from './scim-bodies';
import { ScimUsersService, versionOf } from './scim-users.service';

@ApiProduces('application/scim+json')
@ApiTags('SCIM 2.0')
@ScimClient()
@UseInterceptors(ScimAnswerInterceptor)
@Controller(`${SCIM_PREFIX}/Users`)
export class ScimUsersController {
  constructor(private readonly users: ScimUsersService) {}

  @Get()
  @ApiOperation({ summary: 'List users, by filter and page by page (RFC 7644 section 3.4.2)' })
  @ApiQuery({ name: 'filter', required: false, example: 'userName eq "ada@acme.test"' })
  @ApiQuery({ name: 'startIndex', required: false })
  @ApiQuery({ name: 'count', required: false })
  async list(@Query() query: QueryParameters): Promise<ListResponse<ScimObject>> {
    const page = readPage(single(query, 'startIndex'), single(query, 'count'));
    const list = await this.users.list(single(query, 'filter'), page);
    const wanted = projection(query);
    return { ...list, Resources: list.Resources.map((user) => project(user, wanted)) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One user (RFC 7644 section 3.4.1)' })
  async get(
    @IdParam('User') id: string,
    @Query() query: QueryParameters,
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScimObject | undefined> {
    const user = await this.users.get(id);
    if (known === undefined || !names(known, versionOf(user))) return answer(user, query, reply);
    void reply.status(304).header('etag', versionOf(user));
    return undefined;
  }

  @Post()
  @ApiOperation({ summary: 'Provision a user (RFC 7644 section 3.3)' })
  @Audited('scim.user_created')
  @ApiConsumes('application/scim+json', 'application/json')
  @ApiBody(USER_BODY)
  async create(
    @Body() body: unknown,
    @Query() query: QueryParameters,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScimObject> {
    return answer(await this.users.create(body), query, reply);
  }

  @Put(':id')
  @ApiOperation({ summary: 'Replace a user (RFC 7644 section 3.5.1)' })
  @Audited('scim.user_updated', 'scim.user_deactivated', 'scim.user_reactivated')
  @ApiConsumes('application/scim+json', 'application/json')
  @ApiBody(USER_BODY)
  async replace(
    @IdParam('User') id: string,
    @Body() body: unknown,
    @Query() query: QueryParameters,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScimObject> {
    return answer(await this.users.replace(id, body, ifMatch), query, reply);
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change a user, or deactivate it (RFC 7644 section 3.5.2)' })
  @Audited('scim.user_updated', 'scim.user_deactivated', 'scim.user_reactivated')
  @ApiConsumes('application/scim+json', 'application/json')
  @ApiBody(PATCH_BODY)
  async patch(
    @IdParam('User') id: string,
    @Body() body: unknown,
    @Query() query: QueryParameters,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScimObject> {
    return answer(await this.users.patch(id, body, ifMatch), query, reply);
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Remove a user; the row stays (RFC 7644 section 3.6)' })
  @HttpCode(204)
  @Audited('scim.user_deactivated')
  delete(@IdParam('User') id: string, @Headers('if-match') ifMatch: string | undefined): Promise<void> {
    return this.users.delete(id, ifMatch);
  }
}

function projection(query: QueryParameters): Projection {
  return readProjection(USERS, single(query, 'attributes'), single(query, 'excludedAttributes'));
}

/** One resource with its place and version in the headers, too (RFC 7644 sections 3.3 and 3.14). */
function answer(user: ScimObject, query: QueryParameters, reply: FastifyReply): ScimObject {
  const location = isComplex(user.meta) ? user.meta.location : undefined;
  if (typeof location === 'string') void reply.header('location', location);
  void reply.header('etag', versionOf(user));
  return project(user, projection(query));
}

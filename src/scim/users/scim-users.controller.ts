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
import { ApiBody, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ScimClient } from '../../access/declarations';
import { Audited, NotAudited } from '../../audit/audited';
import { IdParam } from '../../http/uuid-param';
import { readPage } from '../protocol/paging';
import { names } from '../protocol/precondition';
import { type Projection, project, readProjection } from '../protocol/projection';
import type { ScimObject } from '../protocol/scim-value';
import { isComplex } from '../protocol/scim-value';
import { USERS } from '../protocol/user-schema';
import { type QueryParameters, single } from '../query-parameters';
import { ScimAnswerInterceptor } from '../scim-answer.interceptor';
import { SCIM_PREFIX } from '../scim-problem.renderer';
import { ScimUsersService, versionOf } from './scim-users.service';

/** Bodies are read by the protocol, not by a DTO: connectors differ too much, and SCIM names its own errors. */
const ANY_BODY = { schema: { type: 'object', additionalProperties: true } } as const;
const RECORDS =
  'Records scim.user_updated, scim.user_deactivated or scim.user_reactivated when something changed.';

@ApiTags('SCIM 2.0')
@ScimClient()
@UseInterceptors(ScimAnswerInterceptor)
@Controller(`${SCIM_PREFIX}/Users`)
export class ScimUsersController {
  constructor(private readonly users: ScimUsersService) {}

  @Get()
  @ApiQuery({ name: 'filter', required: false, example: 'userName eq "ada@acme.test"' })
  @ApiQuery({ name: 'startIndex', required: false })
  @ApiQuery({ name: 'count', required: false })
  async list(@Query() query: QueryParameters) {
    const page = readPage(single(query, 'startIndex'), single(query, 'count'));
    const list = await this.users.list(single(query, 'filter'), page);
    const wanted = projection(query);
    return { ...list, Resources: list.Resources.map((user) => project(user, wanted)) };
  }

  @Get(':id')
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
  @Audited('scim.user_created')
  @ApiBody(ANY_BODY)
  async create(
    @Body() body: unknown,
    @Query() query: QueryParameters,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScimObject> {
    return answer(await this.users.create(body), query, reply);
  }

  @Put(':id')
  @NotAudited(RECORDS)
  @ApiBody(ANY_BODY)
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
  @NotAudited(RECORDS)
  @ApiBody(ANY_BODY)
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

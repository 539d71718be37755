import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import {
  ApiBody,
  type ApiBodyOptions,
  ApiConsumes,
  ApiOperation,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import { Caller, OnlyLooks, ScimClient } from '../../access/declarations';
import type { ScimPrincipal } from '../../access/principal';
import { NotAudited } from '../../audit/audited';
import type { ListResponse } from '../protocol/paging';
import type { ScimObject } from '../protocol/scim-value';
import { listOf } from '../resource-answer';
import { ScimResourceTypes } from '../resource-types';
import { SCIM_PREFIX } from '../scim-problem.renderer';
import { readSearchRequest, SEARCH_REQUEST } from './search-request';
import { SearchService } from './search.service';

const SEARCH_BODY: ApiBodyOptions = {
  description: 'What a list is asked by, in a body: for filters that no log should hold.',
  schema: {
    type: 'object',
    additionalProperties: true,
    example: {
      schemas: [SEARCH_REQUEST],
      filter: 'displayName sw "a"',
      attributes: ['displayName'],
      startIndex: 1,
      count: 10,
    },
  },
};

@ApiProduces('application/scim+json')
@ApiTags('SCIM 2.0')
@Controller(SCIM_PREFIX)
export class SearchController {
  constructor(
    private readonly search: SearchService,
    private readonly types: ScimResourceTypes,
  ) {}

  @Post('.search')
  @HttpCode(200)
  @OnlyLooks()
  @ScimClient()
  @NotAudited('It only reads.')
  @ApiOperation({ summary: 'Search users and groups together (RFC 7644 section 3.4.3)' })
  @ApiConsumes('application/scim+json', 'application/json')
  @ApiBody(SEARCH_BODY)
  all(@Caller() caller: ScimPrincipal, @Body() body: unknown): Promise<ListResponse<ScimObject>> {
    return this.search.searchAll(caller, readSearchRequest(body));
  }

  @Post('Users/.search')
  @HttpCode(200)
  @OnlyLooks()
  @ScimClient('users')
  @NotAudited('It only reads.')
  @ApiOperation({ summary: 'Search users (RFC 7644 section 3.4.3)' })
  @ApiConsumes('application/scim+json', 'application/json')
  @ApiBody(SEARCH_BODY)
  users(@Body() body: unknown): Promise<ListResponse<ScimObject>> {
    return listOf(this.types.at('/Users')!, readSearchRequest(body));
  }

  @Post('Groups/.search')
  @HttpCode(200)
  @OnlyLooks()
  @ScimClient('groups')
  @NotAudited('It only reads.')
  @ApiOperation({ summary: 'Search groups (RFC 7644 section 3.4.3)' })
  @ApiConsumes('application/scim+json', 'application/json')
  @ApiBody(SEARCH_BODY)
  groups(@Body() body: unknown): Promise<ListResponse<ScimObject>> {
    return listOf(this.types.at('/Groups')!, readSearchRequest(body));
  }
}

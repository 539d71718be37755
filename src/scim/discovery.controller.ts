import { All, Controller, Get, Param, Query } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { ScimClient } from '../access/declarations';
import { NotAudited } from '../audit/audited';
import { Config } from '../config/config';
import { NotFound } from '../http/problems';
import {
  type DiscoveryDocument,
  resourceTypeDocument,
  schemaDocuments,
  serviceProviderConfig,
} from './protocol/discovery';
import { ScimError } from './protocol/errors';
import { listResponse } from './protocol/paging';
import type { QueryParameters } from './query-parameters';
import { ScimResourceTypes } from './resource-types';
import { SCIM_PREFIX } from './scim-problem.renderer';
import { DirectoryRoles } from './users/directory-roles.service';

/** What the server says about itself (RFC 7644 section 4). */
@ApiTags('SCIM 2.0')
@ApiProduces('application/scim+json')
@ScimClient()
@Controller(SCIM_PREFIX)
export class DiscoveryController {
  private readonly baseUrl: string;

  constructor(
    config: Config,
    private readonly types: ScimResourceTypes,
    private readonly roles: DirectoryRoles,
  ) {
    this.baseUrl = `${config.publicUrl}${SCIM_PREFIX}`;
  }

  @Get('ServiceProviderConfig')
  @ApiOperation({ summary: 'What this SCIM server can do (RFC 7643 section 5)' })
  serviceProviderConfig(@Query() query: QueryParameters): object {
    refuseFilter(query);
    return serviceProviderConfig(this.baseUrl);
  }

  @Get('ResourceTypes')
  @ApiOperation({ summary: 'The kinds of resources here (RFC 7643 section 6)' })
  resourceTypes(@Query() query: QueryParameters): object {
    refuseFilter(query);
    return everything(this.types.all.map((type) => resourceTypeDocument(type, this.baseUrl)));
  }

  @Get('ResourceTypes/:id')
  @ApiOperation({ summary: 'One kind of resource' })
  resourceType(@Param('id') id: string): object {
    const type = this.types.named(id);
    if (!type) throw new NotFound('Resource type');
    return resourceTypeDocument(type, this.baseUrl);
  }

  @Get('Schemas')
  @ApiOperation({ summary: 'The schemas of the resources (RFC 7643 section 7)' })
  async schemas(@Query() query: QueryParameters): Promise<object> {
    refuseFilter(query);
    return everything(await this.everySchema());
  }

  @Get('Schemas/:id')
  @ApiOperation({ summary: 'One schema' })
  async schema(@Param('id') id: string): Promise<object> {
    const schema = (await this.everySchema()).find((one) => one.id.toLowerCase() === id.toLowerCase());
    if (!schema) throw new NotFound('Schema');
    return schema;
  }

  /** RFC 7644 section 3.11: a directory's token is nobody's, so there is no "me". */
  @All('Me')
  @NotAudited('It only says that there is no such thing.')
  @ApiExcludeEndpoint()
  me(): never {
    throw new ScimError(501, 'A SCIM token stands for a directory, not for a person: there is no /Me.');
  }

  /** As this workspace has them: whether a directory may write roles is for its policy to say. */
  private async everySchema(): Promise<DiscoveryDocument[]> {
    const users = await this.roles.schema();
    return this.types.all.flatMap(({ name, schema }) =>
      schemaDocuments(name === 'User' ? users : schema, this.baseUrl),
    );
  }
}

/** RFC 7644 section 4: these three do not filter, and say so. */
function refuseFilter(query: QueryParameters): void {
  const isFiltered = Object.keys(query).some((name) => name.toLowerCase() === 'filter');
  if (isFiltered) throw new ScimError(403, 'This cannot be filtered.');
}

function everything(documents: object[]): object {
  return listResponse(documents, { startIndex: 1 }, documents.length);
}

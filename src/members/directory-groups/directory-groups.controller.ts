import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission, RequireScope } from '../../access/declarations';
import { type Page, toPage } from '../../http/page';
import { DirectoryGroupDto, DirectoryGroupPage, DirectoryGroupQuery } from './directory-groups.dto';
import { GroupOverview } from './group-overview.service';

@ApiTags('Directory')
@Controller('v1/directory/groups')
export class DirectoryGroupsController {
  constructor(private readonly groups: GroupOverview) {}

  @Get()
  @RequirePermission('members:read')
  @RequireScope('members:read')
  @ApiOperation({ summary: 'The groups that the directory provisioned, newest first' })
  @ApiOkResponse({ type: DirectoryGroupPage })
  async list(@Query() query: DirectoryGroupQuery): Promise<Page<DirectoryGroupDto>> {
    return toPage(await this.groups.list(query), query.limit, (group) => DirectoryGroupDto.of(group));
  }
}

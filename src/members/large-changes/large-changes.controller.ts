import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../../access/declarations';
import { type Page, PageQuery, toPage } from '../../http/page';
import { IdParam } from '../../http/uuid-param';
import { LargeChangeDto, LargeChangePage } from './large-changes.dto';
import { LargeChanges } from './large-changes.service';

@ApiTags('Large changes')
@Controller('v1/large-changes')
export class LargeChangesController {
  constructor(private readonly changes: LargeChanges) {}

  @Get()
  @RequirePermission('members:read')
  @ApiOperation({ summary: 'Changes of so many members that they are done in pieces, newest first' })
  @ApiOkResponse({ type: LargeChangePage })
  async list(@Query() query: PageQuery): Promise<Page<LargeChangeDto>> {
    return toPage(await this.changes.list(query), query.limit, (change) => LargeChangeDto.of(change));
  }

  @Get(':id')
  @RequirePermission('members:read')
  @ApiOperation({ summary: 'How far such a change has come' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: LargeChangeDto })
  async get(@IdParam('Large change') id: string): Promise<LargeChangeDto> {
    return LargeChangeDto.of(await this.changes.get(id));
  }
}

import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../../access/declarations';
import { Audited } from '../../audit/audited';
import { Config } from '../../config/config';
import { type Page, PageQuery, toPage } from '../../http/page';
import { IdParam } from '../../http/uuid-param';
import { ConnectionDto } from '../connection.dto';
import { ConnectionHistory } from './connection-history.service';
import { RevisionDto, RevisionPage } from './revisions.dto';

@ApiTags('Connections')
@Controller('v1/sso/connections/:id/revisions')
export class RevisionsController {
  constructor(
    private readonly history: ConnectionHistory,
    private readonly config: Config,
  ) {}

  @Get()
  @RequirePermission('sso:read')
  @ApiOperation({
    summary: 'List the changes of a connection, newest first: who, when, what, and whether tested',
  })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: RevisionPage })
  async list(@IdParam('Connection') id: string, @Query() query: PageQuery): Promise<Page<RevisionDto>> {
    const { connection, revisions } = await this.history.list(id, query);
    return toPage(revisions, query.limit, (revision) => RevisionDto.of(revision, connection.revision));
  }

  @Post(':number/restore')
  @HttpCode(200)
  @RequirePermission('sso:write')
  @Audited('sso_connection.updated')
  @ApiOperation({ summary: 'Bring the settings of an earlier revision back, as a new revision' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiParam({ name: 'number', type: Number })
  @ApiOkResponse({ type: ConnectionDto })
  async restore(@IdParam('Connection') id: string, @Param('number') number: string): Promise<ConnectionDto> {
    return ConnectionDto.of(await this.history.restore(id, number), this.config.publicUrl, new Date());
  }
}

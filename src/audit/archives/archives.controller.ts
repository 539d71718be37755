import { Readable } from 'node:stream';
import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequirePermission } from '../../access/declarations';
import type { Principal } from '../../access/principal';
import { type Page, PageQuery, toPage } from '../../http/page';
import { IdParam } from '../../http/uuid-param';
import { AuditArchiveDto, AuditArchivePage } from './archives.dto';
import { Archives } from './archives.service';

/** The archive files that the log's older entries have moved to, under the retention policy of the workspace. */
@ApiTags('Audit')
@Controller('v1/audit-archives')
export class AuditArchivesController {
  constructor(private readonly archives: Archives) {}

  @Get()
  @RequirePermission('audit:read')
  @ApiOperation({ summary: 'Archives of the audit log, newest first' })
  @ApiOkResponse({ type: AuditArchivePage })
  async list(@Query() query: PageQuery): Promise<Page<AuditArchiveDto>> {
    return toPage(await this.archives.list(query), query.limit, (archive) => AuditArchiveDto.of(archive));
  }

  @Get(':id')
  @RequirePermission('audit:read')
  @ApiOperation({ summary: 'One archive' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: AuditArchiveDto })
  async get(@IdParam('Audit archive') id: string): Promise<AuditArchiveDto> {
    return AuditArchiveDto.of(await this.archives.get(id));
  }

  @Get(':id/download')
  @RequirePermission('workspace:write')
  @OutsideTransaction()
  @ApiOperation({
    summary: 'The events of an archive as lines of JSON with their proofs, as an export has them',
  })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiProduces('application/x-ndjson')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  async download(
    @Caller() { workspaceId }: Principal,
    @IdParam('Audit archive') id: string,
  ): Promise<StreamableFile> {
    const { name, content } = await this.archives.download(workspaceId, id);
    return new StreamableFile(Readable.from(content), {
      type: 'application/x-ndjson; charset=utf-8',
      disposition: `attachment; filename="${name}"`,
    });
  }
}

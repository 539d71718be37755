import { Readable } from 'node:stream';
import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequirePermission, RequireScope } from '../access/declarations';
import type { Principal } from '../access/principal';
import type { Page } from '../http/page';
import { AuditEventDto, AuditEventPage, AuditEventQuery, AuditExportQuery } from './audit-events.dto';
import { AuditExport } from './audit-export.service';
import { AuditLogService } from './audit-log.service';

@ApiTags('Audit')
@Controller('v1/audit-events')
export class AuditEventsController {
  constructor(
    private readonly log: AuditLogService,
    private readonly exports: AuditExport,
  ) {}

  @Get()
  @RequirePermission('audit:read')
  @RequireScope('audit:read')
  @ApiOperation({ summary: 'The audit log, newest first' })
  @ApiOkResponse({ type: AuditEventPage })
  async list(@Query() query: AuditEventQuery): Promise<Page<AuditEventDto>> {
    const { events, next } = await this.log.list(query);
    return { data: events.map((event) => AuditEventDto.of(event)), nextCursor: next };
  }

  @Get('export')
  @RequirePermission('audit:read')
  @RequireScope('audit:read')
  @OutsideTransaction()
  @ApiOperation({
    summary: 'All matching events, oldest first, as a file; each line of NDJSON carries its proof',
  })
  @ApiProduces('application/x-ndjson', 'text/csv')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  async export(@Caller() caller: Principal, @Query() query: AuditExportQuery): Promise<StreamableFile> {
    const { format, date, content } = await this.exports.begin(caller.workspaceId, query);
    return new StreamableFile(Readable.from(content), {
      type: format.contentType,
      disposition: `attachment; filename="audit-events-${date}.${format.extension}"`,
    });
  }
}

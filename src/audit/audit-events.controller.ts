import { Readable } from 'node:stream';
import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequirePermission, RequireScope } from '../access/declarations';
import type { Principal } from '../access/principal';
import { Database } from '../database/database';
import { type Page, toPage } from '../http/page';
import { AuditEventDto, AuditEventPage, AuditEventQuery, AuditExportQuery } from './audit-events.dto';
import { EXPORT_FORMATS, type ExportFormat } from './audit-export';
import { type AuditFilter, AuditLogService } from './audit-log.service';
import { AuditTrail } from './audit-trail';

@ApiTags('Audit')
@Controller('v1/audit-events')
export class AuditEventsController {
  constructor(
    private readonly log: AuditLogService,
    private readonly trail: AuditTrail,
    private readonly database: Database,
  ) {}

  @Get()
  @RequirePermission('audit:read')
  @RequireScope('audit:read')
  @ApiOperation({ summary: 'The audit log, newest first' })
  @ApiOkResponse({ type: AuditEventPage })
  async list(@Query() query: AuditEventQuery): Promise<Page<AuditEventDto>> {
    return toPage(await this.log.list(query), query.limit, (event) => AuditEventDto.of(event));
  }

  /** The event of the export is committed before the first byte leaves, and is not part of it. */
  @Get('export')
  @RequirePermission('audit:read')
  @RequireScope('audit:read')
  @OutsideTransaction()
  @ApiOperation({ summary: 'All matching events, oldest first, as a file' })
  @ApiProduces('application/x-ndjson', 'text/csv')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  async export(@Caller() caller: Principal, @Query() query: AuditExportQuery): Promise<StreamableFile> {
    const { format: name = 'ndjson', ...filter } = query;
    const end = await this.database.inWorkspace(caller.workspaceId, async () => {
      this.trail.record({
        type: 'audit.exported',
        target: { type: 'workspace', id: caller.workspaceId },
        data: { format: name, ...filter },
      });
      return this.log.now();
    });
    const format = EXPORT_FORMATS[name];
    return new StreamableFile(Readable.from(this.write(caller.workspaceId, filter, end, format)), {
      type: format.contentType,
      disposition: `attachment; filename="audit-events-${end.slice(0, 10)}.${format.extension}"`,
    });
  }

  private async *write(
    workspaceId: string,
    filter: AuditFilter,
    end: string,
    format: ExportFormat,
  ): AsyncGenerator<string> {
    if (format.head) yield format.head;
    for await (const piece of this.log.pieces(workspaceId, filter, end)) {
      yield piece.map((event) => format.line(AuditEventDto.of(event))).join('');
    }
  }
}

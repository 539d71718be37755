import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { AuditEventDto, type AuditEventFilter, type AuditExportQuery } from './audit-events.dto';
import { EXPORT_FORMATS, type ExportFormat } from './audit-export';
import { AuditLogService } from './audit-log.service';
import { AuditTrail } from './audit-trail';
import { mentions } from './mentions';
import { PersonalRecords } from './personal/personal-records.service';
import { SealedLog } from './seals/sealed-log.service';

/** An export that is generated while it is sent. */
export interface AuditFile {
  readonly format: ExportFormat;
  /** The day of the export. */
  readonly date: string;
  readonly content: AsyncGenerator<string>;
}

/**
 * Exports the log in a form that can be verified without this service. Each line of NDJSON carries its proof. The last
 * line is the entry of the export itself, so a truncated file shows that it is incomplete.
 */
@Injectable()
export class AuditExport {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly log: AuditLogService,
    private readonly personal: PersonalRecords,
    private readonly sealed: SealedLog,
  ) {}

  /** Commits and seals the entry of the export before the first byte is sent. Runs outside a transaction. */
  async begin(workspaceId: string, query: AuditExportQuery): Promise<AuditFile> {
    const { format: name = 'ndjson', ...filter } = query;
    const xid = await this.database.inWorkspace(workspaceId, async () => {
      this.trail.record({
        type: 'audit.exported',
        target: { type: 'workspace', id: workspaceId },
        data: { format: name, ...recordable(filter) },
      });
      const [own] = await this.database.query<{ xid: string }>('select pg_current_xact_id()::text as xid');
      return own!.xid;
    });
    const last = await this.sealed.upTo(workspaceId, xid);
    const format = EXPORT_FORMATS[name];
    return {
      format,
      date: last.time.slice(0, 10),
      content: this.write(workspaceId, filter, last.number, format),
    };
  }

  private async *write(
    workspaceId: string,
    { text, ...filter }: AuditEventFilter,
    lastSeal: number,
    format: ExportFormat,
  ): AsyncGenerator<string> {
    if (format.head) yield format.head;
    for await (const piece of this.log.pieces(workspaceId, filter, lastSeal)) {
      const lines = await this.database.inWorkspace(workspaceId, async () => {
        const all = await this.personal.open(piece);
        const opened = text === undefined ? all : all.filter(({ shown }) => mentions(shown, text));
        const proofs = format.proves ? await this.sealed.proofsOf(opened) : undefined;
        return opened.map(({ shown }) => format.line(AuditEventDto.of(shown), proofs?.get(shown.id)));
      });
      if (lines.length > 0) yield lines.join('');
    }
  }
}

/**
 * The filter as it is recorded. An email address goes into its own field, which is erased with the person. Of a search
 * text only its presence is recorded, because the text may be the name of a person, whom nobody could identify to
 * erase it.
 */
function recordable({ actor, text, ...filter }: AuditEventFilter): Record<string, unknown> {
  const isAddress = actor?.includes('@');
  const named = {
    ...filter,
    ...(actor !== undefined && !isAddress && { actor }),
    ...(text !== undefined && { text: true }),
  };
  return {
    ...((isAddress || Object.keys(named).length > 0) && { filter: named }),
    ...(isAddress && { email: actor }),
  };
}

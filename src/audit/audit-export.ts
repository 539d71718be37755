import { csvCell } from '../http/csv-cell';
import type { AuditEventDto } from './audit-events.dto';
import type { EntryProof } from './seals/audit-proofs.service';

/** A format of exports: the head of the file, and how an event becomes a line. */
export interface ExportFormat {
  readonly contentType: string;
  readonly extension: string;
  readonly head: string;
  /** Whether lines carry proofs. */
  readonly proves: boolean;
  line(event: AuditEventDto, proof?: EntryProof): string;
}

/** NDJSON: one line per event, as the list endpoint returns it, with its proof. */
const ndjson: ExportFormat = {
  contentType: 'application/x-ndjson; charset=utf-8',
  extension: 'ndjson',
  head: '',
  proves: true,
  line: (event, proof) => `${JSON.stringify({ ...event, ...(proof && { proof }) })}\n`,
};

const COLUMNS: Readonly<Record<string, (event: AuditEventDto) => string | null | undefined>> = {
  id: ({ id }) => id,
  time: ({ time }) => time,
  type: ({ type }) => type,
  risk: ({ risk }) => risk,
  actorType: ({ actor }) => actor.type,
  actorId: ({ actor }) => actor.id,
  actorEmail: ({ actor }) => actor.email,
  targetType: ({ target }) => target?.type,
  targetId: ({ target }) => target?.id,
  workspaceId: ({ workspaceId }) => workspaceId,
  ip: ({ ip }) => ip,
  userAgent: ({ userAgent }) => userAgent,
  requestId: ({ requestId }) => requestId,
  data: ({ data }) => JSON.stringify(data),
};

/** RFC 4180. */
const csv: ExportFormat = {
  contentType: 'text/csv; charset=utf-8; header=present',
  extension: 'csv',
  head: `${Object.keys(COLUMNS).join(',')}\r\n`,
  proves: false,
  line: (event) =>
    `${Object.values(COLUMNS)
      .map((read) => csvCell(read(event) ?? ''))
      .join(',')}\r\n`,
};

export const EXPORT_FORMATS = { ndjson, csv } as const satisfies Record<string, ExportFormat>;

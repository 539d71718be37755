import { csvCell } from '../../http/csv-cell';
import type { MemberDto } from '../members.dto';

/** A format of exports: the head of the file, and how a member becomes a line. */
interface ExportFormat {
  readonly contentType: string;
  readonly extension: string;
  readonly head: string;
  line(member: MemberDto): string;
}

/** One line per member, as the list answers it. */
const ndjson: ExportFormat = {
  contentType: 'application/x-ndjson; charset=utf-8',
  extension: 'ndjson',
  head: '',
  line: (member) => `${JSON.stringify(member)}\n`,
};

const COLUMNS: Readonly<Record<string, (member: MemberDto) => string | null>> = {
  email: ({ email }) => email,
  displayName: ({ displayName }) => displayName,
  role: ({ role }) => role,
  approver: ({ approver }) => String(approver),
  status: ({ status }) => status,
  source: ({ source }) => source,
  factors: ({ mfa }) => mfa.factors.join(' '),
  lastSeenAt: ({ lastSeenAt }) => lastSeenAt,
  createdAt: ({ createdAt }) => createdAt,
  removedAt: ({ removedAt }) => removedAt,
  removalReason: ({ removalReason }) => removalReason,
  id: ({ id }) => id,
  userId: ({ userId }) => userId,
};

/** RFC 4180. */
const csv: ExportFormat = {
  contentType: 'text/csv; charset=utf-8; header=present',
  extension: 'csv',
  head: `${Object.keys(COLUMNS).join(',')}\r\n`,
  line: (member) =>
    `${Object.values(COLUMNS)
      .map((read) => csvCell(read(member) ?? ''))
      .join(',')}\r\n`,
};

export const MEMBER_EXPORT_FORMATS = { csv, ndjson } as const satisfies Record<string, ExportFormat>;

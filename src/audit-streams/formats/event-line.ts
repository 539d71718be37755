import type { SealedEntry } from '../../audit/seals/sealed-entries.service';
import type { AuditStream, StreamFormat } from '../audit-stream.entity';
import { cefOf } from './cef';
import { ocsfOf } from './ocsf';

/** Each event on a line of its own, without its end. */
const LINES: Readonly<Record<StreamFormat, (entry: SealedEntry) => string>> = {
  cef: cefOf,
  ocsf: (entry) => JSON.stringify(ocsfOf(entry)),
  gatehouse: ({ event, seal, position, erased }) =>
    JSON.stringify({ ...event, order: { seal, position }, ...(erased && { erased }) }),
};

export const lineOf = (entry: SealedEntry, format: StreamFormat): string => LINES[format](entry);

/** The body of a webhook message. CEF is no JSON: there it is always one event per line. */
export function webhookBody(
  lines: readonly string[],
  { format, encoding }: Pick<AuditStream, 'format' | 'encoding'>,
): { body: string; contentType: string } {
  if (format === 'cef') return { body: linesOf(lines), contentType: 'text/plain; charset=utf-8' };
  if (encoding === 'json') return { body: `[${lines.join(',')}]`, contentType: 'application/json' };
  return { body: linesOf(lines), contentType: 'application/x-ndjson' };
}

const linesOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

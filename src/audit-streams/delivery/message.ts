import { createHash } from 'node:crypto';
import type { SealedEntry, SealedPlace } from '../../audit/seals/sealed-entries.service';
import type { AuditStream } from '../audit-stream.entity';
import { lineOf } from '../formats/event-line';
import type { StreamSecret } from '../stream-secrets.service';

/** A message may be this long; a single event that is longer goes alone. */
const MOST_BYTES = 512 * 1024;

/** Events on their way to one receiver. */
export interface Message {
  readonly stream: AuditStream;
  readonly secret: StreamSecret;
  /** The same for every retry, and another for every other content. */
  readonly id: string;
  readonly entries: readonly SealedEntry[];
  /** One for each entry. */
  readonly lines: readonly string[];
}

/** As many of the entries, from the first on, as fit. */
export function messageOf(
  stream: AuditStream,
  secret: StreamSecret,
  entries: readonly SealedEntry[],
): Message {
  const lines: string[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const line = lineOf(entry, stream.format);
    bytes += Buffer.byteLength(line) + 1;
    if (lines.length > 0 && bytes > MOST_BYTES) break;
    lines.push(line);
  }
  return { stream, secret, id: idOf(stream.id, lines), entries: entries.slice(0, lines.length), lines };
}

export const endOf = ({ entries }: Message): SealedPlace => entries.at(-1)!;

function idOf(streamId: string, lines: readonly string[]): string {
  const hash = createHash('sha256').update(streamId);
  for (const line of lines) hash.update('\n').update(line);
  return `msg_${hash.digest('base64url').slice(0, 27)}`;
}

import type { Check } from '../diagnosis/check';

/** What became of a sign-in, to be kept. */
export interface AttemptRecord {
  readonly status: 'passed' | 'failed';
  /** Why it failed. */
  readonly code?: string | undefined;
  readonly subject?: string | undefined;
  readonly email?: string | undefined;
  readonly checks?: readonly Check[] | undefined;
  readonly statement?: Readonly<Record<string, unknown>> | undefined;
  readonly attributes?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly memberId?: string | undefined;
  readonly role?: string | undefined;
  readonly roleReason?: string | undefined;
}

const LONGEST_TEXT = 512;
const MOST_VALUES = 200;
const DEEPEST = 6;
const LARGEST_STATEMENT = 32 * 1024;

/**
 * Truncates data from outside to what a row may hold: each text, each list and the whole. Nothing that an
 * administrator would read gets lost.
 */
export function clipped(record: AttemptRecord): AttemptRecord {
  const { code, subject, email, checks, statement, attributes } = record;
  return {
    ...record,
    ...(code !== undefined && { code: clipText(code) }),
    ...(subject !== undefined && { subject: clipText(subject) }),
    ...(email !== undefined && { email: clipText(email) }),
    checks: (checks ?? []).slice(0, MOST_VALUES).map((check) => clipCheck(check)),
    ...(statement && { statement: clipWhole(clipValue(statement, 0)) }),
    ...(attributes && { attributes: clipWhole(clipValue(attributes, 0)) as Record<string, string[]> }),
  };
}

function clipCheck({ id, code, ok, received, expected }: Check): Check {
  return {
    id,
    code,
    ok,
    received: received === null ? null : clipText(received),
    expected: clipText(expected),
  };
}

/** Also without U+0000 and halves of characters, which no text of PostgreSQL can hold. */
function clipText(text: string): string {
  const clip = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 1)}…` : text;
  // Nearly all texts hold neither, and looking takes a fraction of replacing.
  if (!/[\u0000\ud800-\udfff]/.test(clip)) return clip;
  return clip.replaceAll('\u0000', '\ufffd').replace(/\p{Surrogate}/gu, '\ufffd');
}

function clipValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return clipText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return '…';
  if (Array.isArray(value)) return value.slice(0, MOST_VALUES).map((item) => clipValue(item, depth + 1));
  if (value instanceof Date) return value.toISOString();
  const entries = Object.entries(value).slice(0, MOST_VALUES);
  return Object.fromEntries(entries.map(([name, item]) => [clipText(name), clipValue(item, depth + 1)]));
}

/** Whatever is still too much goes from the end. */
function clipWhole(value: unknown): Record<string, unknown> {
  const entries = Object.entries(value as Record<string, unknown>);
  while (entries.length > 0 && JSON.stringify(entries).length > LARGEST_STATEMENT) entries.pop();
  return Object.fromEntries(entries);
}

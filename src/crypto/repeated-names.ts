/**
 * Whether an object in a JSON text names a member twice. Parsers disagree on which one counts (RFC 8259 section 4).
 * `value` is what JSON.parse made of the text: it keeps one of each name, so it has fewer members than the text has
 * colons outside strings. Linear, and no name is looked at.
 */
export function repeatsAName(text: string, value: unknown): boolean {
  return colonsIn(text) !== membersIn(value);
}

const QUOTE = '"';
const COLON = 0x3a;
const BACKSLASH = 0x5c;

function colonsIn(text: string): number {
  let colons = 0;
  let at = 0;
  while (at < text.length) {
    const opening = text.indexOf(QUOTE, at);
    const end = opening < 0 ? text.length : opening;
    for (; at < end; at += 1) if (text.charCodeAt(at) === COLON) colons += 1;
    if (opening < 0) break;
    at = behindString(text, opening);
  }
  return colons;
}

/** Where the string ends that begins with this quote. */
function behindString(text: string, opening: number): number {
  let closing = opening;
  do closing = text.indexOf(QUOTE, closing + 1);
  while (closing > 0 && isEscaped(text, closing));
  return closing < 0 ? text.length : closing + 1;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}

/** Without recursion: text may be nested deeper than the stack. */
function membersIn(value: unknown): number {
  let members = 0;
  const waiting = [value];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (typeof part !== 'object' || part === null) continue;
    const parts: unknown[] = Object.values(part);
    if (!Array.isArray(part)) members += parts.length;
    for (const inner of parts) if (typeof inner === 'object' && inner !== null) waiting.push(inner);
  }
  return members;
}

/** The text is not JSON that every parser reads alike. */
export class JsonRefused extends Error {
  override readonly name = 'JsonRefused';

  constructor(readonly fault: 'malformed' | 'duplicate_member') {
    super(fault === 'malformed' ? 'This is not JSON.' : 'A member of an object is given twice.');
  }
}

/**
 * Parses JSON that nobody may read in two ways: bytes must be UTF-8 without a byte order mark, and no object may
 * name a member twice (parsers disagree on which one counts, RFC 8259 section 4).
 * @throws JsonRefused
 */
export function parseStrictJson(source: string | Uint8Array): unknown {
  const text = typeof source === 'string' ? source : decode(source);
  const value = parse(text);
  if (repeatedName(text) !== undefined) throw new JsonRefused('duplicate_member');
  return value;
}

/** The same, for what must be an object. */
export function parseStrictJsonObject(source: string | Uint8Array): Record<string, unknown> {
  const value = parseStrictJson(source);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new JsonRefused('malformed');
  return value as Record<string, unknown>;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new JsonRefused('malformed');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new JsonRefused('malformed');
  }
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;

/**
 * The first name that an object has twice. Walks over text already known to be JSON: a string right after `{`, or after
 * a comma inside one, is a name.
 */
export function repeatedName(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  let nameComesNext = false;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') open.push(token === '{' ? new Set() : undefined);
    else if (token === '}' || token === ']') open.pop();

    const names = open.at(-1);
    if (token.startsWith('"') && nameComesNext && names) {
      // Compared as what it means: "s\u0075b" is "sub".
      const name = JSON.parse(token) as string;
      if (names.has(name)) return name;
      names.add(name);
    }
    nameComesNext = token === '{' || token === ',';
  }
  return undefined;
}

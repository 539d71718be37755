/** What stands where something was that nobody should read. */
export const MASK = '***';

const SECRET_NAME = /pass(word|code|phrase)|secret|token|credential|private/i;
const MOST_ITEMS = 20;
const MOST_CHARACTERS = 200;
const DEEPEST = 6;

/** Whether something of this name, or at this path, is not to be written down. */
export const isSecret = (name: unknown): boolean => typeof name === 'string' && SECRET_NAME.test(name);

/** A value of a request as it may be kept: without secrets, and cut to a size that does not depend on the client. */
export function masked(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return textOf(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return '…';
  if (Array.isArray(value)) {
    const kept = value.slice(0, MOST_ITEMS).map((item) => masked(item, depth + 1));
    return value.length > MOST_ITEMS ? [...kept, `… and ${value.length - MOST_ITEMS} more`] : kept;
  }
  const all = Object.entries(value);
  const entries = all.slice(0, MOST_ITEMS * 2);
  // A step of a PATCH inside a Bulk request: its path says what its value is, however late it stands.
  const isOfSecret = all.some(([name, part]) => /^path$/i.test(name) && isSecret(part));
  return Object.fromEntries(
    entries.map(([name, part]) => [
      cut(name),
      isSecret(name) || (isOfSecret && /^value$/i.test(name)) ? MASK : masked(part, depth + 1),
    ]),
  );
}

/** A text in which something is said of a secret: a filter, a path with one, or JSON inside JSON. */
const textOf = (text: string): string => (SAYS_MORE.test(text) && isSecret(text) ? MASK : cut(text));

const SAYS_MORE = /["'{[=]|\s(?:eq|ne|co|sw|ew|gt|ge|lt|le)\s/i;

/** What a refusal says, unless it repeats a text of that kind. */
export const toldOf = (detail: string): string =>
  textOf(detail.replace(/^There is no attribute "[\w.:]*"/, '')) === MASK ? MASK : detail;

/** A text of at most a few hundred characters, none of them cut in half: a database takes no half of a surrogate pair. */
export function cut(text: string, most = MOST_CHARACTERS): string {
  const whole = text.replaceAll('\u0000', '\ufffd');
  if (whole.length <= most) return whole;
  return `${whole.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

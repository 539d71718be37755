/** Stands in place of secrets. */
export const MASK = '***';

const SECRET_NAME = /pass(word|code|phrase)|secret|token|credential|private/i;
const MOST_ITEMS = 20;
const MOST_CHARACTERS = 200;
const DEEPEST = 6;

/** Whether a name or path belongs to a secret, such as `password`. */
export const isSecret = (name: unknown): boolean => typeof name === 'string' && SECRET_NAME.test(name);

/** A copy of a value for the log: secrets are masked, and depth and size are limited. */
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
  // In an operation of a PATCH inside a bulk request, `path` says what `value` is, in whatever order the two stand.
  const isOfSecret = all.some(([name, part]) => /^path$/i.test(name) && isSecret(part));
  return Object.fromEntries(
    entries.map(([name, part]) => [
      cut(name),
      isSecret(name) || (isOfSecret && /^value$/i.test(name)) ? MASK : masked(part, depth + 1),
    ]),
  );
}

/** Masks texts that can contain a secret's name and value: filters, paths with a value, JSON in a string. */
const textOf = (text: string): string => (SAYS_MORE.test(text) && isSecret(text) ? MASK : cut(text));

const SAYS_MORE = /["'{[=]|\s(?:eq|ne|co|sw|ew|gt|ge|lt|le)\s/i;

/** The detail of a refusal for the log, unless it repeats such a text. */
export const toldOf = (detail: string): string =>
  textOf(detail.replace(/^There is no attribute "[\w.:]*"/, '')) === MASK ? MASK : detail;

/** Shortens a text to at most `most` characters without splitting a surrogate pair, which PostgreSQL would refuse. */
export function cut(text: string, most = MOST_CHARACTERS): string {
  const whole = text.replaceAll('\u0000', '\ufffd');
  if (whole.length <= most) return whole;
  return `${whole.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

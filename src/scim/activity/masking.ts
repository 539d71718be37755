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
  if (typeof value === 'string') return cut(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return '…';
  if (Array.isArray(value)) {
    const kept = value.slice(0, MOST_ITEMS).map((item) => masked(item, depth + 1));
    return value.length > MOST_ITEMS ? [...kept, `… and ${value.length - MOST_ITEMS} more`] : kept;
  }
  const names = Object.keys(value).slice(0, MOST_ITEMS * 2);
  return Object.fromEntries(
    names.map((name) => [
      cut(name),
      isSecret(name) ? MASK : masked((value as Record<string, unknown>)[name], depth + 1),
    ]),
  );
}

/** A text of at most a few hundred characters, none of them cut in half: a database takes no half of a surrogate pair. */
export function cut(text: string, most = MOST_CHARACTERS): string {
  const whole = text.replaceAll('\u0000', '\ufffd');
  if (whole.length <= most) return whole;
  return `${whole.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

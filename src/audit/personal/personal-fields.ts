/** Values from an event's data, by JSON Pointer (RFC 6901). */
export type Fields = Readonly<Record<string, unknown>>;

/** The data of an event, split in a part that stays in the clear and a part to encrypt. */
export interface Divided {
  readonly open: Record<string, unknown>;
  readonly personal: Fields;
}

/** Fields whose text is a term of the product or the name of a thing, never of a person. */
const NAMES_OF_THINGS = new Set(['connection', 'domain', 'format', 'factor', 'acr', 'factorId']);
/** Fields whose text stays in the clear if it has the form of a code. */
const CODES = new Set([
  'because',
  'code',
  'how',
  'kept',
  'kind',
  'method',
  'outcome',
  'protocol',
  'reason',
  'resolution',
  'role',
  'source',
  'status',
  'type',
  'wanted',
]);
const CODE = /^[a-z0-9][a-z0-9_.-]{0,63}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/**
 * Splits the data of an event about a person. Every text counts as personal unless its field is known to be harmless,
 * so that a new field is encrypted by default. Numbers, booleans, ids, times and codes stay in the clear.
 */
export function divide(data: Readonly<Record<string, unknown>>): Divided {
  const personal: Record<string, unknown> = {};
  return { open: divideObject(data, '', personal), personal };
}

/** Fields in which a person gives a reason in free text. */
const WORDS = ['reason', 'note'] as const;

/**
 * Splits the data of an event that is about no person: only the fields of WORDS are personal. A value with the form of
 * a code stays in the clear, unless `isTyped` says that a person typed it.
 */
export function divideWords(data: Readonly<Record<string, unknown>>, isTyped = false): Divided {
  const personal: Record<string, unknown> = {};
  const open = { ...data };
  for (const name of WORDS) {
    if (!Object.hasOwn(data, name) || (!isTyped && isHarmless(data[name], name))) continue;
    personal[`/${name}`] = data[name];
    delete open[name];
  }
  return { open, personal };
}

function divideObject(
  value: Readonly<Record<string, unknown>>,
  path: string,
  personal: Record<string, unknown>,
): Record<string, unknown> {
  const open: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(value)) {
    const at = `${path}/${escaped(name)}`;
    if (isObject(part)) own(open, name, divideObject(part, at, personal));
    else if (isHarmless(part, name)) own(open, name, part);
    else personal[at] = part;
  }
  return open;
}

/** A list is either harmless as a whole or personal as a whole. */
function isHarmless(value: unknown, name: string): boolean {
  if (Array.isArray(value)) return value.every((item) => isHarmless(item, name));
  if (isObject(value)) return Object.entries(value).every(([key, part]) => isHarmless(part, key));
  if (typeof value !== 'string') return true;
  return (
    NAMES_OF_THINGS.has(name) ||
    (CODES.has(name) && CODE.test(value)) ||
    UUID.test(value) ||
    INSTANT.test(value)
  );
}

/** The reverse of `divide`: puts the personal values back into the data. */
export function unite(open: Readonly<Record<string, unknown>>, personal: Fields): Record<string, unknown> {
  const data = structuredClone(open) as Record<string, unknown>;
  for (const [pointer, value] of Object.entries(personal)) {
    const names = pointer.slice(1).split('/').map(unescaped);
    const last = names.pop()!;
    let place = data;
    for (const name of names) {
      const next = Object.hasOwn(place, name) ? place[name] : undefined;
      if (isObject(next)) place = next;
      else place = own(place, name, {}) as Record<string, unknown>;
    }
    own(place, last, value);
  }
  return data;
}

/** Sets an own property even for names such as `__proto__`. */
function own(place: Record<string, unknown>, name: string, value: unknown): unknown {
  Object.defineProperty(place, name, { value, enumerable: true, writable: true, configurable: true });
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
const unescaped = (name: string): string => name.replaceAll('~1', '/').replaceAll('~0', '~');

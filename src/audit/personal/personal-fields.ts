/** Parts of an event's data, by where they stand in it (JSON Pointer, RFC 6901). */
export type Fields = Readonly<Record<string, unknown>>;

/** Data in two parts: what may be known for good, and what belongs to a person. */
export interface Divided {
  readonly open: Record<string, unknown>;
  readonly personal: Fields;
}

/** Texts under these names are words of the product or names of things, never of people. */
const NAMES_OF_THINGS = new Set(['connection', 'domain', 'format', 'factor', 'acr', 'factorId']);
/** Texts under these names are codes, if they look like one. */
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
 * Divides the data of an event about a person. Text is personal unless it is known not to be: a list of what is
 * harmless fails safely when somebody adds a field. Numbers, truth values, ids, times and codes stay open.
 */
export function divide(data: Readonly<Record<string, unknown>>): Divided {
  const personal: Record<string, unknown> = {};
  return { open: divideObject(data, '', personal), personal };
}

/** Under these names whoever does something says why, in words of their own. */
const WORDS = ['reason', 'note'] as const;

/**
 * Divides the data of an event about nobody: personal are the words of whoever did it, unless they are a code of ours,
 * which nothing is that somebody typed.
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

/** A list is taken as a whole. */
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

/** Puts divided data together again. */
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

/** Sets a property even under a name that means something to JavaScript. */
function own(place: Record<string, unknown>, name: string, value: unknown): unknown {
  Object.defineProperty(place, name, { value, enumerable: true, writable: true, configurable: true });
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
const unescaped = (name: string): string => name.replaceAll('~1', '/').replaceAll('~0', '~');

import type { FieldError } from './problems';

/** What every object has, as `toString`. */
const OF_EVERY_OBJECT = Object.prototype;

type Path = readonly string[];

/**
 * The fields in a body or query that class-transformer passes over in silence, because every object has something of that
 * name: they would be accepted where all other unknown ones are refused. Without recursion: it may be nested deep.
 */
export function prototypeFields(sent: unknown): Path[] {
  const found: Path[] = [];
  const waiting: [part: unknown, path: Path][] = [[sent, []]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [part, path] = next;
    if (typeof part !== 'object' || part === null) continue;
    for (const [name, inner] of Object.entries(part)) {
      if (name in OF_EVERY_OBJECT) found.push([...path, name]);
      else if (typeof inner === 'object' && inner !== null) waiting.push([inner, [...path, name]]);
    }
  }
  return found;
}

/** Those of them that stand where only what is declared may, in `read` as it became its DTO: elsewhere they may be called anything. */
export function unknownAmong(passedOver: readonly Path[], read: unknown): FieldError[] {
  return passedOver
    .filter((path) => isDeclared(path.slice(0, -1).reduce(partOf, read)))
    .map((path) => ({ field: path.join('.'), message: 'This field is not known here.' }));
}

const partOf = (whole: unknown, name: string): unknown =>
  (whole as Readonly<Record<string, unknown>> | null | undefined)?.[name];

function isDeclared(part: unknown): boolean {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return false;
  return ![Object.prototype, null].includes(Object.getPrototypeOf(part) as object | null);
}

import { type FieldError, unknownField } from './problems';

/** Has the properties that every object inherits, such as `toString`. */
const OF_EVERY_OBJECT = Object.prototype;

type Path = readonly string[];

/**
 * Paths of the fields in a body or query that are named like a property of Object.prototype. class-transformer skips
 * them silently, so the whitelist would accept them although it refuses all other unknown fields. Iterates instead of
 * recursing, because the nesting may be deeper than the stack.
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

/**
 * Errors for those paths of `passedOver` whose parent became a DTO in `read`. Elsewhere, as in a free-form object,
 * fields may have any name.
 */
export function unknownAmong(passedOver: readonly Path[], read: unknown): FieldError[] {
  return passedOver
    .filter((path) => isDeclared(path.slice(0, -1).reduce(partOf, read)))
    .map((path) => unknownField(path.join('.')));
}

const partOf = (whole: unknown, name: string): unknown =>
  (whole as Readonly<Record<string, unknown>> | null | undefined)?.[name];

function isDeclared(part: unknown): boolean {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return false;
  return ![Object.prototype, null].includes(Object.getPrototypeOf(part) as object | null);
}

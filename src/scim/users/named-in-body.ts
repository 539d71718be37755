import { isObject } from '../protocol/scim-value';

const DEEPEST = 6;

/** Whether a body names something: as a key, or in the path of a PATCH. */
export function names(value: unknown, wanted: RegExp, depth = 0): boolean {
  if (depth > DEEPEST) return false;
  if (Array.isArray(value)) return value.some((element) => names(element, wanted, depth + 1));
  if (!isObject(value)) return false;
  return Object.entries(value).some(([key, part]) =>
    typeof part === 'string'
      ? wanted.test(key) || (key.toLowerCase() === 'path' && wanted.test(part))
      : wanted.test(key) || names(part, wanted, depth + 1),
  );
}

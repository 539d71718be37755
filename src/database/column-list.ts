/** Separator of the values, and the marker of null. Neither occurs in JSON, numbers or ids. */
const SEPARATOR = '\x1f';
const MISSING = '\x1e';
/** The two control characters above, and U+0000, which PostgreSQL cannot store. */
const UNLISTABLE = /[\x00\x1e\x1f]/;
const EACH_UNLISTABLE = new RegExp(UNLISTABLE, 'g');

/**
 * Joins the values of one column of many rows to one text parameter; `listed` splits it in SQL. PostgreSQL splits such
 * a list in half the time it needs for the same rows as JSON, and building it is faster than building an array.
 * Replaces the characters of UNLISTABLE by U+FFFD.
 */
export function listOf(values: readonly (string | number | null | undefined)[]): string {
  let list = '';
  for (const value of values) list += SEPARATOR + partOf(value);
  return list;
}

function partOf(value: string | number | null | undefined): string | number {
  if (typeof value !== 'string') return value ?? MISSING;
  return UNLISTABLE.test(value) ? value.replace(EACH_UNLISTABLE, '\ufffd') : value;
}

/** SQL that turns the list in parameter number `place` into an array of `type`, a scalar type. */
export const listed = (place: number, type: string): string =>
  // Every list begins with a separator, so that a list of one empty text differs from an empty list; [2:] skips the
  // empty element before it.
  `(string_to_array($${place}, e'\\x1f', e'\\x1e'))[2:]::${type}[]`;

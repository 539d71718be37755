/**
 * Lower-cases a text for comparison, one code point at a time as PostgreSQL's lower() does, so that both agree on the
 * final sigma and the dotted capital I.
 */
export function fold(text: string): string {
  if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase();
  let folded = '';
  for (const character of text) folded += firstOf(character.toLowerCase());
  return folded;
}

/** Order by code points, as PostgreSQL's collation "C" has it; JavaScript's own goes by UTF-16 units. */
export function compareByCodePoint(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/** The first text after all that start with this one, by code points. Undefined: there is none. */
export function afterAllThatStartWith(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0)!);
  while (points.length > 0) {
    const next = points.pop()! + 1;
    // No character lies among the surrogates, and none behind the last.
    const character = next === 0xd800 ? 0xe000 : next;
    if (character <= 0x10ffff) return String.fromCodePoint(...points, character);
  }
  return undefined;
}

function firstOf(text: string): string {
  return String.fromCodePoint(text.codePointAt(0)!);
}

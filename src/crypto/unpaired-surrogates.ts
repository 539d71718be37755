/** How JSON writes half of a character; whoever escapes whole ones writes two. */
const ESCAPED_HALF = /\\u[dD][89a-fA-F]/;

/** With the flag u: of pairs it finds nothing. */
const HALF = /\p{Surrogate}/u;

/**
 * Whether a JSON text has a string that is no Unicode: half of a surrogate pair, which neither UTF-8 nor PostgreSQL can
 * hold. `value` is what JSON.parse made of the text. Only where an escape could have made one anything is looked at.
 */
export function hasUnpairedSurrogate(text: string, value: unknown): boolean {
  if (!ESCAPED_HALF.test(text)) return false;
  const waiting = [value];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (typeof part === 'string' && HALF.test(part)) return true;
    if (typeof part !== 'object' || part === null) continue;
    for (const [name, inner] of Object.entries(part)) waiting.push(name, inner as unknown);
  }
  return false;
}

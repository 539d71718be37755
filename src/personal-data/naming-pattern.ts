/**
 * The pattern by which PostgreSQL finds one of these names in a text in lower case; null, which finds nothing, for none. A
 * sign-in name may be any word, and an address the end of a longer one: whoever is called that is meant, nobody else.
 * @param quoted what may be a mere number: found where it stands in quotation marks, also within a text that is quoted
 */
export function namingPattern(names: readonly string[], quoted: readonly string[] = []): string | null {
  const addresses = names.filter((name) => name.includes('@')).flatMap(spelled);
  const words = names.filter((name) => !name.includes('@')).flatMap(spelled);
  // Of an address the parts around it are part of a longer one; a word ends where another character stands.
  const ways = [
    ...(addresses.length > 0 ? [`(?:^|%[0-9a-f]{2}|[^[:alnum:]._+-])${anyOf(addresses)}${END}`] : []),
    ...(words.length > 0 ? [`(?:^|%[0-9a-f]{2}|[^[:alnum:]_-])${anyOf(words)}${END}`] : []),
    ...(quoted.length > 0 ? [`"${anyOf(quoted.map(escaped))}\\\\?"`] : []),
  ];
  return ways.length > 0 ? anyOf(ways) : null;
}

/** The same for what people wrote of their own accord: a sign-in name may be any word, and would be found everywhere. */
export const addressPattern = (names: readonly string[]): string | null =>
  namingPattern(names.filter((name) => name.includes('@')));

const END = '(?:$|[^[:alnum:]_-])';

const anyOf = (patterns: readonly string[]): string => `(?:${[...new Set(patterns)].join('|')})`;

/** As it is, and as in a URL. */
const spelled = (name: string): string[] => [name, encodeURIComponent(name)].map(escaped);

const escaped = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}@]/gu, '\\$&');

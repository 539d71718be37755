/** What mail programs make a link of although nobody wrote one: an address of the web, or a name with a dot inside. */
const LOOKS_LIKE_A_LINK = /:\/\/|www\.|[\p{L}\p{N}]\.\p{L}{2,}/iu;
const LONGEST = 100;

/**
 * A name that somebody chose, as it may stand in a mail of ours: on one line, not long, and nothing that a mail program
 * turns into a link. Whoever calls their workspace `win-a-car.example/now` would otherwise send that link to strangers
 * in our name.
 * @param otherwise what is shown in place of such a name
 */
export function nameForMail(name: string, otherwise: string): string {
  const line = name.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  if (line === '' || LOOKS_LIKE_A_LINK.test(line)) return otherwise;
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

import { BadRequest } from '../http/problems';

/** The header of draft-ietf-httpapi-idempotency-key-header, as Node.js names it. */
export const IDEMPOTENCY_KEY = 'idempotency-key';

const LONGEST = 255;
const BARE = /^[\x21-\x7e]+$/;
/** A String of RFC 8941 section 3.3.3, as the draft has it. */
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"$/;

/**
 * The key that a request names, whether in quotes or not: "a" and a are one. Throws 400 `idempotency_key_invalid`, also
 * for two of them.
 */
export function idempotencyKeyOf(header: string | string[] | undefined): string {
  const text = typeof header === 'string' ? header.trim() : '';
  const key = text.startsWith('"')
    ? QUOTED.exec(text)?.[1]?.replace(/\\(["\\])/g, '$1')
    : BARE.exec(text)?.[0];
  if (key === undefined || key.length > LONGEST) throw unreadable();
  return key;
}

const unreadable = (): BadRequest =>
  new BadRequest(
    'idempotency_key_invalid',
    `An Idempotency-Key is one text of 1 to ${LONGEST} visible ASCII characters, such as a UUID.`,
  );

import { randomUUID } from 'node:crypto';

/**
 * A UUIDv7 (RFC 9562 section 5.7), for rows whose id must be known before they are inserted, such as those whose
 * credential carries it. All others get theirs from the database.
 */
export function uuidV7(now = Date.now()): string {
  if (now !== writtenFor) {
    const time = now.toString(16).padStart(12, '0');
    written = `${time.slice(0, 8)}-${time.slice(8)}-7`;
    writtenFor = now;
  }
  // The random bits and the variant are where version 4 has them, whose randomness Node draws in advance.
  return written + randomUUID().slice(15);
}

/** What stands before the random bits in this millisecond: every request has an id, and many come in one. */
let writtenFor = -1;
let written = '';

/** What sorts before every UUIDv7 that is made from this moment on. */
export function lowestUuidV7(at: number): string {
  return `${uuidV7(at).slice(0, 13)}-0000-0000-000000000000`;
}

const VERSION_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** When a UUIDv7 was made, in milliseconds since 1970; undefined for any other text. */
export function timeOfUuidV7(text: string): number | undefined {
  return VERSION_7.test(text) ? Number.parseInt(text.slice(0, 8) + text.slice(9, 13), 16) : undefined;
}

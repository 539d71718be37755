import { randomBytes } from 'node:crypto';

const AHEAD = 4_096;

let drawn = Buffer.alloc(0);
let used = 0;

/**
 * Random bytes for nonces and salts, each handed out once. Many are drawn at a time: a call to the generator costs more
 * than what it answers. Not for keys, which shall be nowhere else in memory.
 */
export function pooledRandomBytes(size: number): Buffer {
  if (used + size > drawn.length) {
    drawn = randomBytes(AHEAD);
    used = 0;
  }
  const bytes = drawn.subarray(used, used + size);
  used += size;
  return bytes;
}

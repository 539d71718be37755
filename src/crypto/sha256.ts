import { hash } from 'node:crypto';

/**
 * SHA-256 in one go, 32 bytes. By way of a text of one letter for each byte: a Buffer that Node makes for the answer has
 * memory of its own, which takes three times as long as the hash of anything short.
 */
export const sha256 = (content: string | Buffer): Buffer =>
  Buffer.from(hash('sha256', content, 'binary'), 'binary');

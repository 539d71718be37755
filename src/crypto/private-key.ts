import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { Secret } from './secret';

const read = new WeakMap<Secret, KeyObject>();

/**
 * The private key (PEM) that a secret holds. Reading one takes longer than signing with it, so it is read once, and
 * forgotten together with the secret.
 */
export function privateKeyOf(secret: Secret): KeyObject {
  const known = read.get(secret);
  if (known) return known;
  const key = createPrivateKey(secret.reveal());
  read.set(secret, key);
  return key;
}

import type { KeyObject, SigningOptions } from 'node:crypto';

/** A key that says itself how it signs or verifies. */
export type PreparedKey<Options extends SigningOptions = SigningOptions> = KeyObject & Readonly<Options>;

/**
 * Gives a key what `sign` and `verify` of node:crypto are to know: they read it off the key that they are handed. An
 * object of a key and its options would do as well, but Node takes that apart anew at every call, which since version
 * 24 costs half as much as verifying a signature. The key itself is changed: it has to be the caller's own.
 */
export function preparedKey<Options extends SigningOptions>(
  key: KeyObject,
  options: Options,
): PreparedKey<Options> {
  return Object.assign(key, options);
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GolombSet } from './golomb-set';

/** Made by scripts/build-password-list.mjs from public lists; docs/passwords.md names them. */
const FILE = join(__dirname, 'common-passwords.bin');

let list: GolombSet | undefined;

/** The list that comes with the service, read when first asked for: some 20 ms and a megabyte. */
export function commonPasswords(): GolombSet {
  list ??= GolombSet.read(readFileSync(FILE));
  return list;
}

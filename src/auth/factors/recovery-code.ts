import { randomInt } from 'node:crypto';
import { sha256 } from '../../crypto/sha256';

export const CODES_IN_A_SET = 10;
/** Without I, L, O and U: nothing that is misread, and no words (Crockford's base32). */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const GROUPS = 5;
const GROUP_LENGTH = 5;

/** A code to be kept on paper: 25 letters and digits with 125 random bits, in groups. */
export function makeRecoveryCode(): string {
  return Array.from({ length: GROUPS }, () =>
    Array.from({ length: GROUP_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join(''),
  ).join('-');
}

/**
 * What is stored and looked up, however the code is typed. A plain hash suffices: nobody guesses 125 bits, so there
 * is nothing that a slow one would protect (OWASP ASVS 5.0, 6.5.2).
 */
export function hashRecoveryCode(code: string): Buffer {
  const typed = code.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return sha256(`recovery-code|${typed}`);
}

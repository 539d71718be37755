import { createHmac, timingSafeEqual } from 'node:crypto';
import { toBase32 } from './base32';

/** What every authenticator app assumes (RFC 6238 with the defaults of the otpauth URI): SHA-1, 6 digits, 30 s. */
const DIGITS = 6;
export const STEP_SECONDS = 30;
/** How many steps the clock of the person may be off, either way. */
const DRIFT = 1;

const CODE = /^\d{6}$/;

/** The time step T of RFC 6238 section 4.2. */
export function stepAt(now: Date): number {
  return Math.floor(now.getTime() / 1000 / STEP_SECONDS);
}

/** The code of one step: HOTP over the step as counter (RFC 4226 section 5.3). */
export function codeAt(seed: Buffer, step: number, digits = DIGITS): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const hash = createHmac('sha1', seed).update(counter).digest();
  const offset = hash[hash.length - 1]! & 0xf;
  const number = hash.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

/**
 * The latest step around `now` whose code this is, or undefined. Every candidate is compared, in constant time.
 * Whether that step was used before is for the caller to decide, where it is stored.
 */
export function stepOf(seed: Buffer, code: string, now: Date): number | undefined {
  const typed = code.replaceAll(/\s/g, '');
  if (!CODE.test(typed)) return undefined;
  let found: number | undefined;
  for (let step = stepAt(now) - DRIFT; step <= stepAt(now) + DRIFT; step += 1) {
    if (timingSafeEqual(Buffer.from(codeAt(seed, step)), Buffer.from(typed))) found = step;
  }
  return found;
}

/** What an authenticator app is set up with, as a link or as the content of a QR code. */
export function otpauthUrl(seed: Buffer, { issuer, account }: { issuer: string; account: string }): string {
  const label = [issuer, account].map(encodeURIComponent).join(':');
  // Not URLSearchParams: apps read a plus as a plus.
  return `otpauth://totp/${label}?secret=${toBase32(seed)}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=${DIGITS}&period=${STEP_SECONDS}`;
}

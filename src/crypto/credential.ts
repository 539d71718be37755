import { randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { sha256 } from './sha256';

/**
 * Text credentials: `<prefix>_<locator>_<secret><checksum>`. The locator is workspace id and row id, so that the
 * look-up which authenticates it already runs inside row-level security; the secret has 256 random bits; the
 * checksum tells a typo, or a string that merely looks alike, without asking the database. The prefix lets secret
 * scanners recognise a leak. Only the SHA-256 of the whole text is stored: a random secret needs no slow hash.
 */
export type CredentialPrefix =
  | /** API key */ 'gh'
    /** SCIM token */
  | 'ghs'
  /** secret of a SCIM client */
  | 'ghk'
  /** access token of a SCIM client */
  | 'gha'
  /** refresh token */
  | 'ghr'
  /** one-time code of a browser sign-in */
  | 'ghc'
  /** invitation */
  | 'ghi'
  /** link of a test sign-in */
  | 'ght'
  /** browser session cookie */
  | 'ghb'
  /** sign-in that waits for its second factor */
  | 'ghm'
  /** push of security events */
  | 'ghe'
  /** chance to prove an account that a provider's account is to be linked to */
  | 'ghl'
  /** setup link */
  | 'ghu'
  /** link to choose another password by */
  | 'ghn'
  /** cookie of whoever opened a setup link */
  | 'ghw';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SHAPE = /^([a-z]{2,3})_([0-9A-Za-z]{22})([0-9A-Za-z]{22})_[0-9A-Za-z]{43}([0-9A-Za-z]{6})$/;
const SECRET_LENGTH = 43;
const SPARE_BYTES = 8;

export interface IssuedCredential {
  /** Shown once, to whoever asked for it. */
  readonly text: string;
  /** What is stored. */
  readonly hash: Buffer;
  /** The last four characters, for people to tell credentials apart. */
  readonly hint: string;
}

export interface PresentedCredential {
  readonly workspaceId: string;
  readonly id: string;
  readonly hash: Buffer;
}

/** Makes the text for row `id` of `workspaceId` (both UUIDs). */
export function issueCredential(prefix: CredentialPrefix, workspaceId: string, id: string): IssuedCredential {
  const body = `${prefix}_${base62(workspaceId)}${base62(id)}_${randomDigits(SECRET_LENGTH)}`;
  const text = body + checksum(body);
  return { text, hash: hashCredential(text), hint: text.slice(-4) };
}

/** What stands before the first underscore: the kind, in a text that is a credential at all. */
export const prefixOf = (text: string): string => text.slice(0, Math.max(0, text.indexOf('_')));

/** Which row the text claims to be, or undefined when it is no credential of this kind. Proves nothing yet. */
export function readCredential(prefix: CredentialPrefix, text: string): PresentedCredential | undefined {
  const parts = SHAPE.exec(text);
  if (!parts || parts[1] !== prefix) return undefined;
  if (checksum(text.slice(0, -6)) !== parts[4]) return undefined;
  const workspaceId = uuidOf(parts[2]!);
  const id = uuidOf(parts[3]!);
  return workspaceId && id ? { workspaceId, id, hash: hashCredential(text) } : undefined;
}

/** A plain hash suffices: the secret in the text is random, and nothing that could be guessed. */
export function hashCredential(text: string): Buffer {
  return sha256(text);
}

/** Compares two hashes without telling by time where they differ. */
export function sameHash(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Writes a UUID as 22 digits, four at a time off its limbs of 16 bits: see `uuidOf`. */
function base62(uuid: string): string {
  const hexadecimal = uuid.replaceAll('-', '');
  const limbs = [0, 4, 8, 12, 16, 20, 24, 28].map((at) => Number.parseInt(hexadecimal.slice(at, at + 4), 16));
  let text = '';
  // Twenty-two is two and five times four.
  for (let round = 0; round < 5; round += 1) {
    let rest = 0;
    for (let limb = 0; limb < 8; limb += 1) {
      const value = rest * 0x10000 + limbs[limb]!;
      limbs[limb] = Math.floor(value / 62 ** 4);
      rest = value % 62 ** 4;
    }
    text = PAIRS[Math.floor(rest / 62 ** 2)]! + PAIRS[rest % 62 ** 2]! + text;
  }
  return PAIRS[limbs[7]!]! + text;
}

/**
 * Reads 22 digits back into a UUID, on the path of every request: four digits at a time into limbs of 16 bits, with
 * ordinary numbers, which takes a tenth of the time of BigInt. Undefined for a number that no UUID has.
 */
function uuidOf(text: string): string | undefined {
  const limbs = [0, 0, 0, 0, 0, 0, 0, 0];
  // Twenty-two is two and five times four.
  limbs[7] = twoDigits(text, 0);
  for (let at = 2; at < 22; at += 4) {
    let carry = twoDigits(text, at) * 62 ** 2 + twoDigits(text, at + 2);
    for (let limb = 7; limb >= 0; limb -= 1) {
      carry += limbs[limb]! * 62 ** 4;
      const rest = Math.floor(carry / 0x10000);
      limbs[limb] = carry - rest * 0x10000;
      carry = rest;
    }
    if (carry > 0) return undefined;
  }
  const [a, b, c, d, e, f, g, h] = limbs as [number, number, number, number, number, number, number, number];
  return `${hex(a)}${hex(b)}-${hex(c)}-${hex(d)}-${hex(e)}-${hex(f)}${hex(g)}${hex(h)}`;
}

const twoDigits = (text: string, at: number): number =>
  VALUES[text.charCodeAt(at)]! * 62 + VALUES[text.charCodeAt(at + 1)]!;

const hex = (limb: number): string => HEX[limb >> 8]! + HEX[limb & 0xff]!;

/** The value of each digit by its character code. */
const VALUES = Uint8Array.from({ length: 128 }, (_, code) =>
  Math.max(0, DIGITS.indexOf(String.fromCharCode(code))),
);
/** Two digits for each number that has no more. */
const PAIRS = Array.from(
  { length: 62 ** 2 },
  (_, value) => DIGITS[Math.floor(value / 62)]! + DIGITS[value % 62]!,
);
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < 6; place += 1) {
    digits = DIGITS[rest % 62]! + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

/** Uniform digits: bytes of 248 and more are thrown away, or the first eight digits would come more often. */
function randomDigits(length: number): string {
  let text = '';
  while (text.length < length) {
    // Some more, for those that are thrown away: asking twice costs more than all of them.
    for (const byte of randomBytes(length + SPARE_BYTES)) {
      if (byte < 248 && text.length < length) text += DIGITS[byte % 62];
    }
  }
  return text;
}

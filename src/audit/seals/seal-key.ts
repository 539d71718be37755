import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { sha256 } from '../../crypto/sha256';

/** A pair of keys that sign audit logs: Ed25519. */
export interface SealKeyPair {
  readonly keyId: string;
  /** 32 bytes in base64. */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

/** That one key follows another: each of the two says so. All in base64. */
export interface KeyLink {
  /** The public key before. */
  readonly previous: string;
  /** By the key before. */
  readonly endorsement: string;
  /** By the key that follows. */
  readonly acceptance: string;
}

export function newKeyPair(): SealKeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const keyId = sha256(raw).toString('base64url').slice(0, 16);
  return { keyId, publicKey: raw.toString('base64'), privateKey };
}

export const privateBytes = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'pkcs8' });
export const privateKeyOf = (pkcs8: Buffer): KeyObject =>
  createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });

export const signed = (text: string, key: KeyObject): string =>
  sign(null, Buffer.from(text), key).toString('base64');

/**
 * Both keys sign the same sentence: without the one before, anybody could put a key of theirs behind ours, and
 * without the one after, one of theirs before it.
 */
export function link(before: SealKeyPair, after: SealKeyPair): KeyLink {
  const text = linkText(before.publicKey, after.publicKey);
  return {
    previous: before.publicKey,
    endorsement: signed(text, before.privateKey),
    acceptance: signed(text, after.privateKey),
  };
}

export function isLink(publicKey: string, { previous, endorsement, acceptance }: KeyLink): boolean {
  const text = Buffer.from(linkText(previous, publicKey));
  const holds = (key: string, signature: string): boolean =>
    verify(null, text, publicKeyOf(key), Buffer.from(signature, 'base64'));
  return holds(previous, endorsement) && holds(publicKey, acceptance);
}

const linkText = (previous: string, next: string): string => `gatehouse audit key\n${previous}\n${next}\n`;

function publicKeyOf(raw: string): KeyObject {
  const x = Buffer.from(raw, 'base64').toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { sha256 } from '../../crypto/sha256';

/** An Ed25519 key pair that signs audit logs. */
export interface SealKeyPair {
  readonly keyId: string;
  /** 32 bytes in base64. */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

/** Links a key to its predecessor by a signature of each. All fields in base64. */
export interface KeyLink {
  /** The public key of the predecessor. */
  readonly previous: string;
  /** Signature of the predecessor. */
  readonly endorsement: string;
  /** Signature of the new key. */
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
 * Both keys sign the same text. Without the predecessor's signature an attacker could add a key of theirs after ours;
 * without the successor's, they could claim a key of theirs as our predecessor.
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

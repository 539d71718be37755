import { createDecipheriv, createPrivateKey, type KeyObject } from 'node:crypto';
import { decodeUtf8 } from '../../../xml/strict-xml';
import type { EncryptedFacts } from './encrypted-shape';
import { contentKey, KEY_TRANSPORT } from './key-transport';
import { SamlRefusal } from './refusal';
import { XENC, XENC11 } from './vocabulary';

export interface DecryptionTerms {
  /** PEM. Any of them may be the one that the identity provider encrypted for. */
  readonly keys: readonly string[];
  /** Whether RSA 1.5 and CBC are accepted, which others can try cipher texts against. */
  readonly allowWeak: boolean;
}

interface Cipher {
  readonly name:
    'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm' | 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc';
  readonly keyBytes: number;
  readonly weak: boolean;
}

const CIPHERS: ReadonlyMap<string, Cipher> = new Map(
  ([128, 192, 256] as const).flatMap((bits): [string, Cipher][] => [
    [`${XENC11}aes${bits}-gcm`, { name: `aes-${bits}-gcm`, keyBytes: bits / 8, weak: false }],
    [`${XENC}aes${bits}-cbc`, { name: `aes-${bits}-cbc`, keyBytes: bits / 8, weak: true }],
  ]),
);
const IV_BYTES = { gcm: 12, cbc: 16 };
const TAG_BYTES = 16;

/**
 * Whether the connection accepts the algorithms.
 * @throws SamlRefusal `saml_encryption_algorithm_refused`, before anything is decrypted
 */
export function refuseWeakEncryption({ algorithm, keys }: EncryptedFacts, allowWeak: boolean): void {
  const cipher = CIPHERS.get(algorithm);
  const transports = keys.map((key) => KEY_TRANSPORT.get(key.algorithm));
  const accepted = [cipher, ...transports].every((known) => known && (allowWeak || !known.weak));
  if (accepted) return;
  const found = [algorithm, ...keys.map((key) => key.algorithm)].join(', ');
  throw new SamlRefusal('saml_encryption_algorithm_refused', found);
}

/** Whether a change to the cipher text is noticed while it is decrypted. */
export function isAuthenticated({ algorithm }: EncryptedFacts): boolean {
  return CIPHERS.get(algorithm)?.weak === false;
}

/**
 * Decrypts an assertion.
 * @returns its XML, which is not verified yet: anybody can encrypt with our public key
 * @throws SamlRefusal `saml_decryption_failed`, the same for every cause: an attacker who can tell a wrong key from
 * wrong padding can use this as a padding oracle
 */
export function decrypt(encrypted: EncryptedFacts, { keys }: DecryptionTerms): string {
  const cipher = CIPHERS.get(encrypted.algorithm);
  if (!cipher) throw decryptionFailed();
  for (const privateKey of keys.map((pem) => createPrivateKey(pem))) {
    const xml = decryptWith(privateKey, encrypted, cipher);
    if (xml !== undefined) return xml;
  }
  throw decryptionFailed();
}

export function decryptionFailed(): SamlRefusal {
  return new SamlRefusal(
    'saml_decryption_failed',
    'No key of this connection decrypts it, or what is in it is no assertion.',
  );
}

function decryptWith(privateKey: KeyObject, encrypted: EncryptedFacts, cipher: Cipher): string | undefined {
  for (const key of encrypted.keys) {
    try {
      const content = contentKey(key, privateKey, cipher.keyBytes);
      return decodeUtf8(open(cipher, content, encrypted.value));
    } catch {
      // Tries the next key, and does not report why this one failed.
    }
  }
  return undefined;
}

/** A key of another length is refused by the cipher itself. */
function open({ name }: Cipher, key: Buffer, value: Buffer): Buffer {
  const mode = name.endsWith('gcm') ? 'gcm' : 'cbc';
  const iv = value.subarray(0, IV_BYTES[mode]);
  if (mode === 'gcm') {
    const decipher = createDecipheriv(name as 'aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(value.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(value.subarray(iv.length, -TAG_BYTES)), decipher.final()]);
  }
  const decipher = createDecipheriv(name, key, iv).setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(value.subarray(iv.length)), decipher.final()]);
  // XML Encryption section 5.2: only the last byte of the padding says something.
  const padding = padded.at(-1) ?? 0;
  if (padding < 1 || padding > IV_BYTES.cbc) throw new Error('No such padding.');
  return padded.subarray(0, padded.length - padding);
}

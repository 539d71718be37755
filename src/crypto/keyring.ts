import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  type KeyObject,
} from 'node:crypto';
import { pooledRandomBytes } from './pooled-random-bytes';

const VERSION = 'v1';
/** So many derived keys for hashes are kept: there is one for each workspace and purpose. */
const MAC_KEYS_KEPT = 1_000;

/** What was sealed under a key that is neither ENCRYPTION_KEY nor among the previous ones. */
export class UnknownEncryptionKey extends Error {
  override readonly name = 'UnknownEncryptionKey';

  constructor() {
    super('This text was sealed under another encryption key.');
  }
}

/**
 * Authenticated encryption under 256-bit keys (AES-256-GCM). What is sealed opens only with the same `context`, so
 * that a ciphertext moved to another row or purpose is refused. The text names its key: one key seals, and those of
 * before (or of tomorrow) open what was sealed under them.
 */
export class Keyring {
  /** Names the key that seals. */
  readonly keyId: string;
  /** Prepared once: Node 24 spends four times as long on bytes that it is given as a key than on the cipher itself. */
  private readonly sealing: KeyObject;
  private readonly keys: ReadonlyMap<string, KeyObject>;
  private macKey: KeyObject;
  private readonly macKeys = new Map<string, KeyObject>();

  /** @param key 32 bytes, and so has each of the others, which only open */
  constructor(
    private readonly key: Buffer,
    others: readonly Buffer[] = [],
  ) {
    for (const { length } of [key, ...others]) {
      if (length !== 32) throw new Error('An encryption key has 32 bytes.');
    }
    this.keyId = keyIdOf(key);
    this.sealing = createSecretKey(key);
    this.macKey = this.sealing;
    this.keys = new Map([
      [this.keyId, this.sealing],
      ...others.map((one) => [keyIdOf(one), createSecretKey(one)] as const),
    ]);
  }

  seal(plaintext: string | Buffer, context: string): string {
    const nonce = pooledRandomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.sealing, nonce).setAAD(Buffer.from(context));
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return [
      VERSION,
      this.keyId,
      ...[nonce, sealed, cipher.getAuthTag()].map((part) => part.toString('base64url')),
    ].join('.');
  }

  /** A keyed hash in base64url (HMAC-SHA-256), for finding what must not be stored; another one in each context. */
  mac(text: string, context: string): string {
    return createHmac('sha256', this.macKeyOf(context)).update(text).digest('base64url');
  }

  /** From here on, what is found by a hash is found by this key, whatever seals. */
  macWith(key: Buffer): void {
    this.macKey = createSecretKey(key);
    this.macKeys.clear();
  }

  /** Throws when the text was sealed under an unknown key or another context, or was changed. */
  open(sealed: string, context: string): Buffer {
    const [version, keyId, ...parts] = sealed.split('.');
    if (version !== VERSION || parts.length !== 3) throw new Error('This is not a sealed text.');
    const key = this.keys.get(keyId!);
    if (!key) throw new UnknownEncryptionKey();
    const [nonce, ciphertext, tag] = parts.map((part) => Buffer.from(part, 'base64url'));
    const decipher = createDecipheriv('aes-256-gcm', key, nonce!, { authTagLength: 16 })
      .setAAD(Buffer.from(context))
      .setAuthTag(tag!);
    return Buffer.concat([decipher.update(ciphertext!), decipher.final()]);
  }

  /** The key that seals, sealed by itself: as `seal`. */
  sealOwnKey(context: string): string {
    return this.seal(this.key, context);
  }

  /** How every text begins that the present key sealed. */
  get prefix(): string {
    return `${VERSION}.${this.keyId}.`;
  }

  private macKeyOf(context: string): KeyObject {
    const known = this.macKeys.get(context);
    if (known) return known;
    const made = createSecretKey(createHmac('sha256', this.macKey).update(`mac|${context}`).digest());
    if (this.macKeys.size >= MAC_KEYS_KEPT) this.macKeys.clear();
    this.macKeys.set(context, made);
    return made;
  }
}

const keyIdOf = (key: Buffer): string =>
  createHash('sha256').update('key-id').update(key).digest('hex').slice(0, 8);

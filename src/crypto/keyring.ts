import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';
import { drawnBytes } from './drawn-bytes';

const VERSION = 'v1';

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
  private readonly keys: ReadonlyMap<string, Buffer>;
  private macKey: Buffer;

  /** @param key 32 bytes, and so has each of the others, which only open */
  constructor(
    private readonly key: Buffer,
    others: readonly Buffer[] = [],
  ) {
    for (const { length } of [key, ...others]) {
      if (length !== 32) throw new Error('An encryption key has 32 bytes.');
    }
    this.keyId = keyIdOf(key);
    this.macKey = key;
    this.keys = new Map([key, ...others].map((one) => [keyIdOf(one), one]));
  }

  seal(plaintext: string | Buffer, context: string): string {
    const nonce = drawnBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce).setAAD(Buffer.from(context));
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return [
      VERSION,
      this.keyId,
      ...[nonce, sealed, cipher.getAuthTag()].map((part) => part.toString('base64url')),
    ].join('.');
  }

  /** A keyed hash in base64url (HMAC-SHA-256), for finding what must not be stored; another one in each context. */
  mac(text: string, context: string): string {
    const key = createHmac('sha256', this.macKey).update(`mac|${context}`).digest();
    return createHmac('sha256', key).update(text).digest('base64url');
  }

  /** From here on, what is found by a hash is found by this key, whatever seals. */
  macWith(key: Buffer): void {
    this.macKey = key;
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
}

const keyIdOf = (key: Buffer): string =>
  createHash('sha256').update('key-id').update(key).digest('hex').slice(0, 8);

import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';

const VERSION = 'v1';

/**
 * Authenticated encryption under one 256-bit key (AES-256-GCM). What is sealed opens only with the same `context`,
 * so that a ciphertext moved to another row or purpose is refused. The text names its key.
 */
export class Keyring {
  private readonly keyId: string;

  /** @param key 32 bytes */
  constructor(private readonly key: Buffer) {
    if (key.length !== 32) throw new Error('An encryption key has 32 bytes.');
    this.keyId = createHash('sha256').update('key-id').update(key).digest('hex').slice(0, 8);
  }

  seal(plaintext: string | Buffer, context: string): string {
    const nonce = randomBytes(12);
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
    const key = createHmac('sha256', this.key).update(`mac|${context}`).digest();
    return createHmac('sha256', key).update(text).digest('base64url');
  }

  /** Throws when the text was sealed under another key or context, or was changed. */
  open(sealed: string, context: string): Buffer {
    const [version, keyId, ...parts] = sealed.split('.');
    if (version !== VERSION || parts.length !== 3) throw new Error('This is not a sealed text.');
    if (keyId !== this.keyId) throw new Error('This text was sealed under another encryption key.');
    const [nonce, ciphertext, tag] = parts.map((part) => Buffer.from(part, 'base64url'));
    const decipher = createDecipheriv('aes-256-gcm', this.key, nonce!, { authTagLength: 16 })
      .setAAD(Buffer.from(context))
      .setAuthTag(tag!);
    return Buffer.concat([decipher.update(ciphertext!), decipher.final()]);
  }
}

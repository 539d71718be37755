import { Injectable } from '@nestjs/common';
import { Secret } from '../crypto/secret';
import { uuidV7 } from '../crypto/uuid-v7';
import { Database } from '../database/database';
import { NotFound } from '../http/problems';
import { DataKeysService } from './data-keys.service';
import { type SecretVersion, sealedFor } from './sealed-for';
import { StoredSecret } from './stored-secret.entity';

/**
 * The only way to store an encrypted value in the current workspace, both for the vault and for our own credentials
 * (client secrets, keys of service providers). A ciphertext can be decrypted only for the row, workspace and purpose
 * it was made for. The caller records the audit event, because it knows what the value is used for.
 */
@Injectable()
export class SecretsService {
  constructor(
    private readonly database: Database,
    private readonly dataKeys: DataKeysService,
  ) {}

  /** Encrypts and keeps `value`; answers the id of its row. `name` is shown in lists, the value never. */
  async store(purpose: string, value: string, name?: string): Promise<string> {
    const id = uuidV7();
    const sealed = await this.seal({ id, purpose, version: 1 }, value);
    await this.secrets.insert({ id, purpose, name: name ?? null, ...sealed });
    return id;
  }

  /** The value. Throws NotFound for an unknown id, and for one that was stored for another purpose. */
  async reveal(id: string, purpose: string): Promise<Secret> {
    const secret = await this.secrets.findOne({
      where: { id, purpose },
      select: { id: true, version: true, ciphertext: true, dataKeyId: true },
    });
    if (!secret) throw new NotFound('Secret');
    return this.open({ ...secret, purpose });
  }

  /**
   * Puts another value in its place, under the data key of today; the one of before is gone. For credentials of the
   * service's own: of the product's secrets SecretVersions keeps every value. Throws NotFound.
   */
  async replace(id: string, purpose: string, value: string): Promise<void> {
    const sealed = await this.seal({ id, purpose, version: 1 }, value);
    const { affected } = await this.secrets.update(
      { id, purpose, version: 1 },
      { ...sealed, updatedAt: new Date() },
    );
    if (!affected) throw new NotFound('Secret');
  }

  /** Deletes the row. Whatever refers to it must be gone, or refer elsewhere, by then. Throws NotFound. */
  async remove(id: string): Promise<void> {
    const { affected } = await this.secrets.delete({ id });
    if (!affected) throw new NotFound('Secret');
  }

  /** Encrypts a value as this version of this secret. */
  async seal(version: SecretVersion, value: string): Promise<Pick<StoredSecret, 'ciphertext' | 'dataKeyId'>> {
    const { id: dataKeyId, keyring } = await this.dataKeys.inUse();
    return { ciphertext: keyring.seal(value, sealedFor(this.database.workspaceId, version)), dataKeyId };
  }

  /** Decrypts. Throws when the ciphertext is another version's, or was changed. */
  async open(sealed: SecretVersion & { ciphertext: string; dataKeyId: string }): Promise<Secret> {
    const { keyring } = await this.dataKeys.get(sealed.dataKeyId);
    const context = sealedFor(this.database.workspaceId, sealed);
    return new Secret(keyring.open(sealed.ciphertext, context).toString('utf8'));
  }

  private get secrets() {
    return this.database.repository(StoredSecret);
  }
}

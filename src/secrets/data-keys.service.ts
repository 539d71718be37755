import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { Keyring } from '../crypto/keyring';
import { uuidV7 } from '../crypto/uuid-v7';
import { Database } from '../database/database';
import { DataKey } from './data-key.entity';

const KEY_BYTES = 32;

export interface OpenDataKey {
  readonly id: string;
  readonly keyring: Keyring;
}

/**
 * The data keys of the current workspace. They are the only thing that ENCRYPTION_KEY encrypts for secrets, so it can
 * be changed without touching a secret.
 */
@Injectable()
export class DataKeysService {
  constructor(
    private readonly database: Database,
    private readonly installation: Keyring,
  ) {}

  /** The key that seals now; made on first use. */
  async inUse(): Promise<OpenDataKey> {
    return this.unwrap((await this.findInUse()) ?? (await this.create()));
  }

  /** The key that something was sealed under, retired or not. */
  async get(id: string): Promise<OpenDataKey> {
    return this.unwrap(await this.keys.findOneByOrFail({ id }));
  }

  /**
   * Creates a new data key for encryption; the present one then only decrypts. Returns the id of the new key.
   * Concurrent calls return the same key.
   */
  async replace(): Promise<string> {
    await this.database.query('update data_keys set retired_at = now() where retired_at is null');
    return (await this.create()).id;
  }

  private findInUse(): Promise<DataKey | null> {
    return this.keys.findOneBy({ retiredAt: IsNull() });
  }

  /**
   * Of two concurrent first uses, the second waits at the unique index for the first one's commit, and then uses its
   * key.
   */
  private async create(): Promise<DataKey> {
    const id = uuidV7();
    const wrapped = this.installation.seal(randomBytes(KEY_BYTES), this.contextOf(id));
    await this.database.query('insert into data_keys (id, wrapped) values ($1, $2) on conflict do nothing', [
      id,
      wrapped,
    ]);
    return this.keys.findOneByOrFail({ retiredAt: IsNull() });
  }

  private unwrap({ id, wrapped }: DataKey): OpenDataKey {
    return { id, keyring: new Keyring(this.installation.open(wrapped, this.contextOf(id))) };
  }

  private contextOf(id: string): string {
    return ['data_keys', this.database.workspaceId, id].join('|');
  }

  private get keys() {
    return this.database.repository(DataKey);
  }
}

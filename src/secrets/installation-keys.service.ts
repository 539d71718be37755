import { randomBytes } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Keyring } from '../crypto/keyring';
import { Database } from '../database/database';

const NAME = 'mac';
const CONTEXT = `installation_keys|${NAME}`;

/**
 * The key of keyed hashes, which must not change when the encryption key does: addresses in the audit log and known
 * devices are found by them. It is made once and sealed; installations that are older go on with the key they had.
 */
@Injectable()
export class InstallationKeys implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
  ) {}

  /** Of several instances that start at once one makes the key; all use that one. */
  async onModuleInit(): Promise<void> {
    const [sealed] = await this.database.outsideWorkspaces(async () => {
      const [{ used }] = (await this.database.query<{ used: boolean }>(
        'select exists (select from workspaces) as used',
      )) as [{ used: boolean }];
      const made = used ? this.keyring.sealOwnKey(CONTEXT) : this.keyring.seal(randomBytes(32), CONTEXT);
      await this.database.query(
        'insert into installation_keys (name, sealed_key) values ($1, $2) on conflict do nothing',
        [NAME, made],
      );
      return this.database.query<{ sealed_key: string }>(
        'select sealed_key from installation_keys where name = $1',
        [NAME],
      );
    });
    this.keyring.macWith(this.keyring.open(sealed!.sealed_key, CONTEXT));
  }
}

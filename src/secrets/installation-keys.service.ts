import { randomBytes } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Keyring } from '../crypto/keyring';
import { Database } from '../database/database';

const NAME = 'mac';
const CONTEXT = `installation_keys|${NAME}`;

/**
 * The key of keyed hashes (HMAC), by which email addresses in the audit log and known devices are found. It must
 * survive a change of ENCRYPTION_KEY, so it is created once and stored encrypted; older installations keep the key
 * they used before.
 */
@Injectable()
export class InstallationKeys implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
  ) {}

  /** Of several instances that start together, one creates the key and all use it. */
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

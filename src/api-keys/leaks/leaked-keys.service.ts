import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { PresentedCredential } from '../../crypto/credential';
import { Database } from '../../database/database';
import {
  type LeakableCredentials,
  type LeakedCredential,
  LeakedCredentials,
} from '../../leaks/leaked-credentials';

interface Row {
  readonly name: string;
  readonly secretHash: Buffer;
  readonly isOver: boolean;
  readonly makerId: string;
}

/** API keys end when somebody who should not have them shows them. */
@Injectable()
export class LeakedKeys implements LeakableCredentials, OnModuleInit {
  readonly prefix = 'gh';
  readonly noun = 'API key';
  readonly advice =
    'Programs that use it are refused from now on: make a new key for them, and look in the audit log for what the old one did.';
  readonly events = { leaked: 'api_key.leaked', ended: 'api_key.revoked' } as const;

  constructor(
    private readonly database: Database,
    private readonly leaked: LeakedCredentials,
  ) {}

  onModuleInit(): void {
    this.leaked.add(this);
  }

  async find({ id }: PresentedCredential): Promise<LeakedCredential | undefined> {
    const [row] = await this.database.query<Row>(
      `select name, secret_hash as "secretHash", revoked_at is not null as "isOver", created_by as "makerId"
         from api_keys where id = $1 for no key update`,
      [id],
    );
    if (!row) return undefined;
    const target = { type: 'api_key', id };
    return { ...row, target, actor: { type: 'api_key', id }, facts: { name: row.name } };
  }

  async end({ target }: LeakedCredential): Promise<void> {
    await this.database.query(
      `update api_keys set revoked_at = now(), revoke_reason = 'leaked' where id = $1`,
      [target.id],
    );
  }
}

import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { PresentedCredential } from '../../crypto/credential';
import { Database } from '../../database/database';
import { type LeakedCredential, LeakedCredentials } from '../../leaks/leaked-credentials';
import { RETURNS_WITH_DIRECTORY } from './returning-credentials';

interface Row {
  readonly name: string;
  readonly secretHash: Buffer;
  readonly isOver: boolean;
  readonly makerId: string;
}

const ADVICE =
  'The directory is refused from now on: make another one for it, and look in the audit log for what it changed.';

/** Revokes SCIM tokens and client secrets that were found in public. */
@Injectable()
export class LeakedScimCredentials implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly leaked: LeakedCredentials,
  ) {}

  onModuleInit(): void {
    this.leaked.add({
      ...{ prefix: 'ghs', noun: 'SCIM token', advice: ADVICE },
      events: { leaked: 'scim_token.leaked', ended: 'scim_token.revoked' },
      find: (presented) => this.find('token', presented),
      end: ({ target }) => this.end(target.id),
    });
    this.leaked.add({
      ...{ prefix: 'ghk', noun: 'client secret', advice: ADVICE },
      events: { leaked: 'scim_client.leaked', ended: 'scim_client.revoked' },
      find: (presented) => this.find('client', presented),
      end: ({ target }) => this.end(target.id),
    });
  }

  private async find(
    kind: 'token' | 'client',
    { id }: PresentedCredential,
  ): Promise<LeakedCredential | undefined> {
    const [row] = await this.database.query<Row>(
      `select name, secret_hash as "secretHash", created_by as "makerId",
              revoked_at is not null and not exists (${RETURNS_WITH_DIRECTORY}) as "isOver"
         from scim_tokens t where id = $1 and kind = $2 for no key update`,
      [id, kind],
    );
    if (!row) return undefined;
    const target = { type: `scim_${kind}`, id };
    return { ...row, target, actor: { type: 'scim', id }, facts: { name: row.name } };
  }

  /** Access tokens of the client stop working with it. */
  private async end(id: string): Promise<void> {
    await this.database.query('update scim_tokens set revoked_at = now() where id = $1', [id]);
  }
}

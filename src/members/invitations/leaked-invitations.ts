import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { PresentedCredential } from '../../crypto/credential';
import { Database } from '../../database/database';
import {
  type LeakableCredentials,
  type LeakedCredential,
  LeakedCredentials,
} from '../../leaks/leaked-credentials';

interface Row {
  readonly email: string;
  readonly secretHash: Buffer;
  readonly isOver: boolean;
  readonly makerId: string;
}

/** Revokes invitations whose links were found in public. */
@Injectable()
export class LeakedInvitations implements LeakableCredentials, OnModuleInit {
  readonly prefix = 'ghi';
  readonly noun = 'invitation';
  readonly advice = 'Nobody can join by it any more: invite the person anew.';
  readonly events = {
    leaked: 'workspace.invitation_leaked',
    ended: 'workspace.invitation_revoked',
  } as const;

  constructor(
    private readonly database: Database,
    private readonly leaked: LeakedCredentials,
  ) {}

  onModuleInit(): void {
    this.leaked.add(this);
  }

  async find({ id }: PresentedCredential): Promise<LeakedCredential | undefined> {
    const [row] = await this.database.query<Row>(
      `select email, secret_hash as "secretHash", invited_by as "makerId",
              accepted_at is not null or revoked_at is not null or expires_at <= now() as "isOver"
         from invitations where id = $1 for no key update`,
      [id],
    );
    if (!row) return undefined;
    const { email } = row;
    const target = { type: 'invitation', id };
    return { ...row, target, name: `of ${email}`, actor: { type: 'system', id: null }, facts: { email } };
  }

  async end({ target }: LeakedCredential): Promise<void> {
    await this.database.query('update invitations set revoked_at = now() where id = $1', [target.id]);
  }
}

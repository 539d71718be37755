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
  readonly connectionId: string;
}

/** Setup links end when somebody who should not have them shows them; who is at work by one is out as well. */
@Injectable()
export class LeakedSetupLinks implements LeakableCredentials, OnModuleInit {
  readonly prefix = 'ghu';
  readonly noun = 'setup link';
  readonly advice =
    'Whoever worked with it is out. Look at the revisions of the connection for what was changed by it, and make another link.';
  readonly events = { leaked: 'setup_link.leaked', ended: 'setup_link.revoked' } as const;

  constructor(
    private readonly database: Database,
    private readonly leaked: LeakedCredentials,
  ) {}

  onModuleInit(): void {
    this.leaked.add(this);
  }

  async find({ id }: PresentedCredential): Promise<LeakedCredential | undefined> {
    const [row] = await this.database.query<Row>(
      `select c.name, l.secret_hash as "secretHash", l.created_by as "makerId", l.connection_id as "connectionId",
              l.revoked_at is not null or l.expires_at <= now() as "isOver"
         from setup_links l join sso_connections c on c.id = l.connection_id
        where l.id = $1 for no key update of l`,
      [id],
    );
    if (!row) return undefined;
    const { name, connectionId } = row;
    const target = { type: 'setup_link', id };
    const facts = { connectionId, connection: name };
    return { ...row, name: `of ${name}`, target, actor: { type: 'system', id }, facts };
  }

  async end({ target }: LeakedCredential): Promise<void> {
    await this.database.query('update setup_links set revoked_at = now() where id = $1', [target.id]);
  }
}

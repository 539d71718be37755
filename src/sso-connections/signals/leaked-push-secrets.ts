import { randomBytes } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { PresentedCredential } from '../../crypto/credential';
import { Database } from '../../database/database';
import {
  type LeakableCredentials,
  type LeakedCredential,
  LeakedCredentials,
} from '../../leaks/leaked-credentials';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly secretHash: Buffer;
}

/** What pushes security events to a connection ends when somebody who should not have it shows it. */
@Injectable()
export class LeakedPushSecrets implements LeakableCredentials, OnModuleInit {
  readonly prefix = 'ghe';
  readonly noun = 'push secret';
  readonly advice =
    'Events of the provider are refused from now on: make another secret (PUT …/signals) and enter it there. What was pushed is in the audit log.';
  readonly events = {
    leaked: 'sso_connection.push_secret_leaked',
    ended: 'sso_connection.signals_updated',
  } as const;

  constructor(
    private readonly database: Database,
    private readonly leaked: LeakedCredentials,
  ) {}

  onModuleInit(): void {
    this.leaked.add(this);
  }

  /** Finds the row by the hash of the secret, because its text contains no id. */
  async find({ hash }: PresentedCredential): Promise<LeakedCredential | undefined> {
    const [row] = await this.database.query<Row>(
      `select c.id, c.name, s.push_secret_hash as "secretHash"
         from signal_sources s join sso_connections c on c.id = s.connection_id
        where s.push_secret_hash = $1 for no key update of s`,
      [hash],
    );
    if (!row) return undefined;
    const { id, name, secretHash } = row;
    const target = { type: 'sso_connection', id };
    const actor = { type: 'system', id: null } as const;
    return {
      ...{ target, name: `of ${name}`, secretHash, actor },
      isOver: false,
      makerId: null,
      facts: { connection: name },
    };
  }

  /** None at all would let everybody push: its place is taken by one that nobody has. */
  async end({ secretHash }: LeakedCredential): Promise<void> {
    await this.database.query(
      'update signal_sources set push_secret_hash = $2, updated_at = now() where push_secret_hash = $1',
      [secretHash, randomBytes(secretHash.length)],
    );
  }
}

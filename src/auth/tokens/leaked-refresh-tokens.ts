import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { PresentedCredential } from '../../crypto/credential';
import { Database } from '../../database/database';
import {
  type LeakableCredentials,
  type LeakedCredential,
  LeakedCredentials,
} from '../../leaks/leaked-credentials';

interface Row {
  readonly sessionId: string;
  readonly memberId: string;
  readonly userId: string;
  readonly email: string;
  readonly secretHash: Buffer;
  readonly isOver: boolean;
}

/** A refresh token that somebody who should not have it shows ends its session, also when it was exchanged already. */
@Injectable()
export class LeakedRefreshTokens implements LeakableCredentials, OnModuleInit {
  readonly prefix = 'ghr';
  readonly noun = 'refresh token';
  readonly advice =
    'Its session has ended: the person signs in again. The audit log says what was done in it.';
  readonly events = { leaked: 'auth.session_leaked', ended: 'auth.session_ended' } as const;

  constructor(
    private readonly database: Database,
    private readonly leaked: LeakedCredentials,
  ) {}

  onModuleInit(): void {
    this.leaked.add(this);
  }

  async find({ id }: PresentedCredential): Promise<LeakedCredential | undefined> {
    const [row] = await this.database.query<Row>(
      `select s.id as "sessionId", m.id as "memberId", m.user_id as "userId", m.email, t.secret_hash as "secretHash",
              s.ended_at is not null as "isOver"
         from refresh_tokens t
         join sessions s on s.id = t.session_id
         join members m on m.id = s.member_id
        where t.id = $1 for no key update of s`,
      [id],
    );
    if (!row) return undefined;
    const { sessionId, memberId, userId, email, secretHash, isOver } = row;
    const target = { type: 'session', id: sessionId };
    const actor = { type: 'user', id: userId } as const;
    return {
      ...{ target, secretHash, isOver, name: `of ${email}`, actor },
      makerId: memberId,
      facts: { memberId },
    };
  }

  async end({ target }: LeakedCredential): Promise<void> {
    await this.database.query(
      `update sessions set ended_at = now(), end_reason = 'leaked' where id = $1 and ended_at is null`,
      [target.id],
    );
  }
}

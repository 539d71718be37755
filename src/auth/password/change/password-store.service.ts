import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../../audit/audit-trail';
import { Database } from '../../../database/database';
import { Unauthorized } from '../../../http/problems';
import type { NewPassword } from '../rules/new-passwords.service';
import { PasswordNotices } from './password-notices.service';

/** Whose password changes, and on what ground. */
export interface PasswordChange {
  readonly userId: string;
  readonly memberId: string;
  readonly email: string;
  readonly how: 'changed' | 'reset';
  /** The session that goes on; all others end. */
  readonly keptSession?: string | undefined;
  /** The hash that was verified before: another one in the meantime refuses the change. */
  readonly verified?: string | undefined;
}

interface Ended {
  readonly workspace_id: string;
  readonly member_id: string;
  readonly sessions: number;
}

/** Writes another password for somebody who has shown that they may. */
@Injectable()
export class PasswordStore {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly notices: PasswordNotices,
  ) {}

  /**
   * In the transaction of the workspace in which it happens. Ends what the person is in by, in each of their
   * workspaces, which is on record there too. The member is held before the user, as whoever erases them does. Throws 401 `invalid_credentials` when the password was changed by somebody
   * else at the same moment.
   */
  async replace(change: PasswordChange, { hash, needsFactor }: NewPassword): Promise<void> {
    const { userId, memberId, email, how, keptSession, verified } = change;
    const [written] = await this.database.query(
      `with held as materialized (select from members where id = $5 for share)
       update users set password_hash = $2, password_needs_factor = $3
        where (select count(*) from held) >= 0 and id = $1 and ($4::text is null or password_hash = $4) returning id`,
      [userId, hash, needsFactor, verified ?? null, memberId],
    );
    if (!written) throw new Unauthorized('invalid_credentials', 'The password was changed a moment ago.');
    const ended = await this.database.query<Ended>('select * from end_all_of_user($1, $2, $3)', [
      ...[userId, `password_${how}`, keptSession ?? null],
    ]);
    const here = this.database.workspaceId;
    const actor = { type: 'user', id: userId, email } as const;
    const sessionsEnded = ended.find(({ workspace_id }) => workspace_id === here)?.sessions ?? 0;
    const type = how === 'reset' ? 'auth.password_reset' : 'auth.password_changed';
    this.trail.record({ type, actor, target: { type: 'member', id: memberId }, data: { sessionsEnded } });
    this.database.afterCommit(async () => this.notices.tellOfChange(email, how));
    for (const { workspace_id, member_id, sessions } of ended) {
      if (workspace_id === here) continue;
      this.trail.recordElsewhere(workspace_id, {
        ...{ type, actor, target: { type: 'member', id: member_id } },
        data: { sessionsEnded: sessions, elsewhere: true },
      });
    }
  }
}

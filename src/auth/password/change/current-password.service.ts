import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../../access/principal';
import { AuditTrail } from '../../../audit/audit-trail';
import { Database } from '../../../database/database';
import { Conflict, Unauthorized } from '../../../http/problems';
import { KnownPassword } from '../known-password.service';

/** Whether whoever is asking knows the password of the account, guessed no more often than at a sign-in. */
@Injectable()
export class CurrentPassword {
  constructor(
    private readonly database: Database,
    private readonly known: KnownPassword,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Outside of a transaction. Answers the hash that was verified. Throws 401 `invalid_credentials`, which is on record,
   * 429 `rate_limited`, 409 `no_password`.
   */
  async verify(caller: UserPrincipal, password: string): Promise<string> {
    const [found] = await this.database.lookUp<{ email: string; password_hash: string | null }>(
      'password_of_user',
      'select email, password_hash from users where id = $1',
      [caller.id],
    );
    const stored = found?.password_hash;
    if (!stored) {
      throw new Conflict(
        'no_password',
        'This account has no password. Ask for a link by mail to choose one.',
      );
    }
    // The address of the account, by which sign-ins are counted; a workspace may call the member otherwise.
    const account = { email: found.email, passwordHash: stored };
    if (await this.known.isRight(account, password)) return stored;
    await this.recordFailure(caller);
    throw new Unauthorized('invalid_credentials', 'That is not your password.', 'wrong_password');
  }

  private recordFailure({ id, email, workspaceId }: UserPrincipal): Promise<void> {
    return this.database.inWorkspace(workspaceId, async () => {
      const reasons = { code: 'invalid_credentials', reason: 'wrong_password' };
      this.trail.record({
        type: 'auth.login_failed',
        actor: { type: 'user', id, email },
        target: { type: 'user', id },
        data: { method: 'password', step: 'change_of_password', ...reasons },
      });
    });
  }
}

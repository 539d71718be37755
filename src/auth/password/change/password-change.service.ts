import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../../access/principal';
import { Database } from '../../../database/database';
import { LoginPolicyService } from '../../sessions/login-policy.service';
import { NewPasswords } from '../rules/new-passwords.service';
import { CurrentPassword } from './current-password.service';
import { PasswordStore } from './password-store.service';

/** Somebody who is signed in chooses another password, knowing the one of before. */
@Injectable()
export class ChangeOfPassword {
  constructor(
    private readonly database: Database,
    private readonly proof: CurrentPassword,
    private readonly policy: LoginPolicyService,
    private readonly passwords: NewPasswords,
    private readonly store: PasswordStore,
  ) {}

  /**
   * Opens its own transactions. The session of the caller goes on, all others end. Throws 401 `invalid_credentials`,
   * 429 `rate_limited`, 400 `password_…`, and 409 `no_password` for an account without one: a session of one workspace
   * must not make a way into others, so the first password comes by mail.
   */
  async change(caller: UserPrincipal, current: string, wanted: string): Promise<void> {
    const verified = await this.proof.verify(caller, current);
    const { id: userId, memberId, role, email, workspace } = caller;
    const inWorkspace = <T>(work: () => Promise<T>): Promise<T> =>
      this.database.inWorkspace(workspace.id, work);
    const { hasFactor } = await inWorkspace(() => this.policy.passwordStanding({ id: memberId, role }));
    const owner = { email, workspaces: [workspace.name, workspace.slug], hasFactor };
    const chosen = await this.passwords.make(wanted, owner, 'newPassword');
    await inWorkspace(() =>
      this.store.replace(
        { userId, memberId, email, how: 'changed', keptSession: caller.sessionId, verified },
        chosen,
      ),
    );
  }
}

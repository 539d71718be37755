import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { Problem } from '../../http/problems';
import { type PasswordAccount, UsersService } from '../../members/users.service';
import type { LoginGrant } from '../sessions/login-grant';
import type { LoginDto } from './login.dto';
import { PasswordAdmission, wrongCredentials } from './password-admission.service';
import { PasswordHasher } from './password-hasher';

/** Signs people in with email and password. Every answer takes the same work, whoever is or is not known. */
@Injectable()
export class PasswordLoginService {
  constructor(
    private readonly users: UsersService,
    private readonly hasher: PasswordHasher,
    private readonly database: Database,
    private readonly admission: PasswordAdmission,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Answers what `open` makes of the grant, in the transaction of the workspace: tokens, or a console session.
   * Throws 401 `invalid_credentials`, 403 `sso_required`.
   */
  async login<Opened>(
    { email, password, workspace }: LoginDto,
    open: (grant: LoginGrant) => Promise<Opened>,
  ): Promise<Opened> {
    const account = await this.users.findPasswordAccount(email);
    const right = await this.hasher.verify(account?.passwordHash, password);
    try {
      if (!account) throw wrongCredentials('unknown_account');
      if (!right) throw wrongCredentials(account.passwordHash ? 'wrong_password' : 'no_password');
      return await this.admission.admit(account, workspace, open);
    } catch (failure) {
      if (failure instanceof Problem) await this.recordFailure(email, account, workspace, failure);
      throw failure;
    }
  }

  /** In the workspace that was meant; an attempt that means none that exists has nowhere to be written. */
  private async recordFailure(
    email: string,
    account: PasswordAccount | undefined,
    slug: string | undefined,
    { code, extra }: Problem,
  ): Promise<void> {
    const workspaceId = slug ? await this.users.findWorkspaceBySlug(slug) : account?.workspaces[0]?.id;
    if (!workspaceId) return;
    await this.database.inWorkspace(workspaceId, async () => {
      this.trail.record({
        type: 'auth.login_failed',
        actor: { type: 'user', id: account?.userId ?? null, email },
        target: account ? { type: 'user', id: account.userId } : { type: 'email', id: email },
        data: { method: 'password', code, reason: extra.reason ?? code },
      });
    });
  }
}

import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import type { Problem } from '../../http/problems';
import { type PasswordAccount, UsersService } from '../../members/users.service';
import { BreakGlass } from '../sessions/break-glass.service';

/** Writes down sign-ins with a password that were refused. */
@Injectable()
export class LoginFailures {
  constructor(
    private readonly users: UsersService,
    private readonly database: Database,
    private readonly breakGlass: BreakGlass,
    private readonly trail: AuditTrail,
  ) {}

  /** In the workspace that was meant; an attempt that means none that exists has nowhere to be written. */
  async record(
    { email, workspace: slug }: { email: string; workspace?: string | undefined },
    account: PasswordAccount | undefined,
    { code, extra }: Problem,
  ): Promise<void> {
    const workspaceId = slug ? await this.users.findWorkspaceBySlug(slug) : account?.workspaces[0]?.id;
    if (!workspaceId) return;
    await this.database.inWorkspace(workspaceId, async () => {
      const data = { method: 'password', code, reason: extra.reason ?? code };
      this.trail.record({
        type: 'auth.login_failed',
        actor: { type: 'user', id: account?.userId ?? null, email },
        target: account ? { type: 'user', id: account.userId } : { type: 'email', id: email },
        ...(await this.breakGlass.markedFailure(account?.userId, data)),
      });
    });
  }
}

import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { prepared } from '../../database/statement';
import type { Problem } from '../../http/problems';
import { type PasswordAccount, UsersService } from '../../members/users.service';
import { BreakGlass } from '../sessions/break-glass.service';

const NOBODYS = '00000000-0000-0000-0000-000000000000';

/** A counter of nothing, which is swept away with those that ran out. */
const NOTHING = prepared(
  'record_nothing',
  'insert into sign_in_attempts (key, attempts, resets_at) values ($1, 0, now())',
);

/** Writes down sign-ins with a password that were refused. */
@Injectable()
export class LoginFailures {
  constructor(
    private readonly users: UsersService,
    private readonly database: Database,
    private readonly breakGlass: BreakGlass,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * In the workspace that was meant; an attempt that means none that exists has nowhere to be written. Who reads the log
   * there learns of people of other workspaces nothing, not even that they have an account.
   */
  async record(
    { email, workspace: slug }: { email: string; workspace?: string | undefined },
    found: PasswordAccount | undefined,
    { code, extra }: Problem,
  ): Promise<void> {
    const workspaceId = slug ? await this.users.findWorkspaceBySlug(slug) : found?.workspaces[0]?.id;
    if (!workspaceId) return this.takeAsLong();
    const account = found?.workspaces.some(({ id }) => id === workspaceId) ? found : undefined;
    const why = extra.reason ?? code;
    const reason = !account && code === 'invalid_credentials' ? 'not_a_member' : why;
    await this.database.inWorkspace(workspaceId, async () => {
      const data = { method: 'password', code, reason };
      this.trail.record({
        type: 'auth.login_failed',
        actor: { type: 'user', id: account?.userId ?? null, email },
        target: account ? { type: 'user', id: account.userId } : { type: 'email', id: email },
        ...(await this.breakGlass.markedFailure(account?.userId, data)),
      });
    });
  }

  /** As much work as a record is: how long the answer takes must not tell that there was nobody to record it of. */
  private takeAsLong(): Promise<void> {
    return this.database.inWorkspace(NOBODYS, async () => {
      await this.breakGlass.markedFailure(undefined, {});
      this.database.defer(NOTHING, [randomBytes(32)]);
    });
  }
}

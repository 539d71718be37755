import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { Unauthorized } from '../../http/problems';
import { MembersService } from '../../members/members.service';
import type { PasswordAccount } from '../../members/users.service';
import type { LoginGrant } from '../sessions/login-grant';
import { LoginPolicyService } from '../sessions/login-policy.service';

/** One answer for everything that is wrong with a sign-in; the reason stands in the audit log. */
export const wrongCredentials = (reason: string): Unauthorized =>
  new Unauthorized('invalid_credentials', 'Email or password are wrong.', reason);

/** Lets a person whose password was right into the workspace that was asked for, or the first that has them. */
@Injectable()
export class PasswordAdmission {
  constructor(
    private readonly database: Database,
    private readonly members: MembersService,
    private readonly policy: LoginPolicyService,
  ) {}

  /** `open` makes what the person leaves with, in the transaction of the workspace. */
  async admit<Opened>(
    account: PasswordAccount,
    slug: string | undefined,
    open: (grant: LoginGrant) => Promise<Opened>,
  ): Promise<Opened> {
    for (const { id } of account.workspaces.filter((workspace) => !slug || workspace.slug === slug)) {
      const admitted = await this.database.inWorkspace(id, () => this.enter(account.userId, open));
      if (admitted) return admitted.opened;
    }
    throw wrongCredentials('not_a_member');
  }

  private async enter<Opened>(
    userId: string,
    open: (grant: LoginGrant) => Promise<Opened>,
  ): Promise<{ opened: Opened } | undefined> {
    const member = await this.members.findLiveByUser(userId);
    if (!member) return undefined;
    const grant = await this.policy.grant({
      memberId: member.id,
      method: 'password',
      amr: ['pwd'],
      authenticatedAt: new Date(),
    });
    return { opened: await open(grant) };
  }
}

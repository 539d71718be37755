import { Injectable } from '@nestjs/common';
import { Forbidden, Problem } from '../../http/problems';
import { MembersService } from '../../members/members.service';
import { WorkspacePolicyService } from '../../workspaces/workspace-policy.service';
import type { LoginAttempt, LoginGrant } from './login-grant';

/** The one place that decides whether somebody who proved who they are may come in, here and in this way. */
@Injectable()
export class LoginPolicyService {
  constructor(
    private readonly members: MembersService,
    private readonly policies: WorkspacePolicyService,
  ) {}

  /**
   * Inside the transaction of the workspace. Throws 403 `member_removed` when the person is no member any more, 403
   * `sso_required` when the workspace wants its people to come through their identity provider.
   */
  async grant(attempt: LoginAttempt): Promise<LoginGrant> {
    const member = await this.members.holdLive(attempt.memberId);
    if (!member) throw new Forbidden('You are no longer a member of this workspace.', 'member_removed');
    const policy = await this.policies.current();
    if (
      attempt.method === 'password' &&
      policy.ssoEnforced &&
      !policy.breakGlassMemberIds.includes(member.id)
    ) {
      throw new Problem(403, 'sso_required', 'This workspace signs in through its identity provider.');
    }
    return {
      ...attempt,
      userId: member.userId,
      email: member.email,
      accessTokenSeconds: policy.accessTokenSeconds,
      idleSeconds: policy.idleSeconds,
      absoluteSeconds: policy.absoluteSeconds,
    } as LoginGrant;
  }
}

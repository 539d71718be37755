import { Injectable } from '@nestjs/common';
import type { AuditRecord } from '../../audit/audit-event';
import { AuditTrail } from '../../audit/audit-trail';
import { MembersService } from '../../members/members.service';
import { WorkspacePolicyService } from '../../workspaces/workspace-policy.service';
import type { LoginGrant } from './login-grant';
import { LoginPolicyService } from './login-policy.service';

/** Passwords where single sign-on is enforced: rare, and of high risk. */
@Injectable()
export class BreakGlass {
  constructor(
    private readonly members: MembersService,
    private readonly policies: WorkspacePolicyService,
    private readonly policy: LoginPolicyService,
    private readonly trail: AuditTrail,
  ) {}

  /** In the transaction of the sign-in. */
  noteUse({ userId, memberId, email, amr }: LoginGrant): void {
    this.trail.record({
      type: 'auth.break_glass_used',
      target: { type: 'member', id: memberId },
      actor: { type: 'user', id: userId, email },
      data: { memberId, email, amr },
    });
  }

  /** What a failed sign-in is recorded with: at high risk when it tried the password that is still accepted. */
  async markedFailure(
    userId: string | undefined,
    data: Readonly<Record<string, unknown>>,
  ): Promise<Pick<AuditRecord, 'risk' | 'data'>> {
    const policy = await this.policies.current();
    const member = userId && policy.ssoEnforced ? await this.members.findLiveByUser(userId) : undefined;
    return member && this.policy.isBreakGlass(member, policy)
      ? { risk: 'high', data: { ...data, breakGlass: true } }
      : { data };
  }
}

import { Injectable } from '@nestjs/common';
import type { AuditRecord } from '../../audit/audit-event';
import { AuditTrail } from '../../audit/audit-trail';
import { requestContext } from '../../http/request-context';
import { AdminMail } from '../../mail/admin-mail';
import { MembersService } from '../../members/members.service';
import { WorkspacePolicyService } from '../../workspaces/workspace-policy.service';
import type { LoginGrant } from './login-grant';
import { LoginPolicyService } from './login-policy.service';

/** Passwords where single sign-on is enforced: rare, and whoever is an admin hears of each. */
@Injectable()
export class BreakGlass {
  constructor(
    private readonly members: MembersService,
    private readonly policies: WorkspacePolicyService,
    private readonly policy: LoginPolicyService,
    private readonly mail: AdminMail,
    private readonly trail: AuditTrail,
  ) {}

  /** In the transaction of the sign-in; the mails go out after its COMMIT. */
  async noteUse({ userId, memberId, email, amr }: LoginGrant): Promise<void> {
    this.trail.record({
      type: 'auth.break_glass_used',
      target: { type: 'member', id: memberId },
      actor: { type: 'user', id: userId, email },
      data: { memberId, email, amr },
    });
    await this.mail.send({
      subject: 'a break-glass admin signed in with a password',
      paragraphs: [
        `${email} signed in with a password and a second factor, although this workspace enforces single sign-on.`,
        'If the identity provider does not work at the moment, this is what break-glass access is for. If nobody knows of a reason, take the admin out, end their sessions and look at the audit log.',
      ],
      items: [`Time: ${new Date().toISOString()}`, `Address: ${requestContext.current()?.ip ?? 'unknown'}`],
      link: { path: '/console', label: 'Sign in' },
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

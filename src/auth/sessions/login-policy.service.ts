import { Injectable } from '@nestjs/common';
import type { Role } from '../../access/permissions';
import { Forbidden, Problem } from '../../http/problems';
import { MembersService } from '../../members/members.service';
import { WorkspacePolicyService } from '../../workspaces/workspace-policy.service';
import { FactorsService } from '../factors/factors.service';
import type { LoginAttempt, LoginGrant } from './login-grant';
import { SecondFactorNeeded } from './second-factor-needed';

type Policy = Awaited<ReturnType<WorkspacePolicyService['current']>>;

interface Person {
  readonly id: string;
  readonly role: Role;
}

/** The one place that decides whether somebody who proved who they are may come in, here and in this way. */
@Injectable()
export class LoginPolicyService {
  constructor(
    private readonly members: MembersService,
    private readonly policies: WorkspacePolicyService,
    private readonly factors: FactorsService,
  ) {}

  /**
   * Inside the transaction of the workspace. Throws 403 `member_removed` when the person is no member any more, 403
   * `sso_required` when the workspace wants its people to come through their identity provider, 403 `mfa_required`
   * when a password alone is not enough. What an identity provider asked of people is its own affair: they are not
   * asked again here.
   */
  async grant(attempt: LoginAttempt): Promise<LoginGrant> {
    const member = await this.members.holdLive(attempt.memberId);
    if (!member) throw new Forbidden('You are no longer a member of this workspace.', 'member_removed');
    const byPassword = attempt.method === 'password';
    const policy = await (byPassword ? this.policies.held() : this.policies.current());
    if (byPassword) await this.admitPassword(member, policy, attempt.amr);
    return {
      ...attempt,
      userId: member.userId,
      email: member.email,
      breakGlass: byPassword && policy.ssoEnforced,
      accessTokenSeconds: policy.accessTokenSeconds,
      idleSeconds: policy.idleSeconds,
      absoluteSeconds: policy.absoluteSeconds,
    } as LoginGrant;
  }

  /** Whether this person alone may use a password although single sign-on is enforced. */
  isBreakGlass({ id, role }: Person, policy: Policy): boolean {
    return role === 'admin' && policy.breakGlassMemberIds.includes(id);
  }

  private async admitPassword(member: Person, policy: Policy, amr: readonly string[]): Promise<void> {
    if (policy.ssoEnforced && !this.isBreakGlass(member, policy)) throw ssoRequired();
    if (amr.includes('mfa')) return;
    if (await this.factors.hasConfirmed(member.id)) throw new SecondFactorNeeded(false);
    // A break-glass admin sets a factor up before it is needed: a stolen password must not enrol one.
    if (policy.ssoEnforced) throw ssoRequired();
    if (asksOf(member, policy)) throw new SecondFactorNeeded(true);
  }
}

function asksOf({ role }: Person, { mfaRequired }: Policy): boolean {
  return mfaRequired === 'all' || (mfaRequired === 'admins' && role === 'admin');
}

const ssoRequired = (): Problem =>
  new Problem(403, 'sso_required', 'This workspace signs in through its identity provider.');

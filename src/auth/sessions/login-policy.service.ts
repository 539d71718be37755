import { Injectable } from '@nestjs/common';
import type { Role } from '../../access/permissions';
import { together } from '../../database/together';
import { Forbidden, Problem } from '../../http/problems';
import type { JoinedMember } from '../../members/member-joining.service';
import { MembersService } from '../../members/members.service';
import { WorkspacePolicyService } from '../../workspaces/workspace-policy.service';
import { FactorsService } from '../factors/factors.service';
import type { LoginAttempt, LoginGrant } from './login-grant';
import { SecondFactorNeeded } from './second-factor-needed';

export type Policy = Awaited<ReturnType<WorkspacePolicyService['current']>>;

/** A live member whom nobody removes before the transaction ends. */
export type Held = Pick<JoinedMember, 'id' | 'userId' | 'email'>;

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
    if (attempt.method !== 'password') {
      return this.grantVouched(
        attempt,
        ...(await together(this.members.holdLive(attempt.memberId), this.demands())),
      );
    }
    const [member, policy] = await together(this.members.holdLive(attempt.memberId), this.policies.held());
    if (!member) throw memberRemoved();
    await this.admitPassword(member, policy, attempt);
    return grantOf(attempt, member, policy);
  }

  /**
   * As grant, for somebody whom an identity provider vouched for, with what the transaction has read already: the
   * member as it is held, undefined if there is none or removed, and what `demands` answered.
   */
  grantVouched(attempt: LoginAttempt, member: Held | undefined, policy: Policy): LoginGrant {
    if (attempt.method === 'password') throw new Error('A password is granted by grant() alone.');
    if (!member) throw memberRemoved();
    return grantOf(attempt, member, policy);
  }

  /** What the workspace demands at this moment. */
  demands(): Promise<Policy> {
    return this.policies.current();
  }

  /** Whether this person alone may use a password although single sign-on is enforced. */
  isBreakGlass({ id, role }: Person, policy: Policy): boolean {
    return role === 'admin' && policy.breakGlassMemberIds.includes(id);
  }

  private async admitPassword(
    member: Person,
    policy: Policy,
    { amr, needsFactor }: LoginAttempt,
  ): Promise<void> {
    if (policy.ssoEnforced && !this.isBreakGlass(member, policy)) throw ssoRequired();
    if (amr.includes('mfa')) return;
    if (await this.factors.hasConfirmed(member.id)) throw new SecondFactorNeeded(false);
    // A break-glass admin sets a factor up before it is needed: a stolen password must not enrol one.
    if (policy.ssoEnforced) throw ssoRequired();
    if (needsFactor || asksOf(member, policy)) throw new SecondFactorNeeded(true);
  }
}

function grantOf(attempt: LoginAttempt, { userId, email }: Held, policy: Policy): LoginGrant {
  const { accessTokenSeconds, idleSeconds, absoluteSeconds, maxConcurrentSessions, ssoEnforced } = policy;
  const breakGlass = attempt.method === 'password' && ssoEnforced;
  return {
    ...attempt,
    userId,
    email,
    breakGlass,
    accessTokenSeconds,
    idleSeconds,
    absoluteSeconds,
    maxConcurrentSessions,
  } as LoginGrant;
}

/** What is answered to whoever proved who they are, and is out. */
export const memberRemoved = (): Forbidden =>
  new Forbidden('You are no longer a member of this workspace.', 'member_removed');

function asksOf({ role }: Person, { mfaRequired }: Policy): boolean {
  return mfaRequired === 'all' || (mfaRequired === 'admins' && role === 'admin');
}

const ssoRequired = (): Problem =>
  new Problem(403, 'sso_required', 'This workspace signs in through its identity provider.');

import { Injectable } from '@nestjs/common';
import type { Role } from '../../access/permissions';
import { together } from '../../database/together';
import { Forbidden, Problem } from '../../http/problems';
import type { JoinedMember } from '../../members/member-joining.service';
import { MembersService } from '../../members/members.service';
import { type Policy, WorkspacePolicyService } from '../../workspaces/workspace-policy.service';
import type { LoginAttempt, LoginGrant } from './login-grant';
import {
  type BreakGlassPolicy,
  type LocalLoginStanding,
  LocalLoginStandings,
  type SessionPolicy,
} from './local-login-standings.service';
import { SecondFactorNeeded } from './second-factor-needed';
import { SecondFactorPolicy } from './second-factor-policy.service';

/** A live member, locked against removal until the transaction ends. */
export type Held = Pick<JoinedMember, 'id' | 'userId' | 'email'>;

interface Person {
  readonly id: string;
  readonly role: Role;
}

/** The only place that decides whether an authenticated person may open a session in this workspace by this method. */
@Injectable()
export class LoginPolicyService {
  constructor(
    private readonly members: MembersService,
    private readonly policies: WorkspacePolicyService,
    private readonly secondFactors: SecondFactorPolicy,
    private readonly standings: LocalLoginStandings,
  ) {}

  /**
   * Inside the transaction of the workspace. Throws 403 `member_removed` when the person is no member any more, 403
   * `sso_required` when the workspace wants its people to come through their identity provider, 403 `mfa_required`
   * when what they have shown is not enough.
   */
  async grant(attempt: LoginAttempt): Promise<LoginGrant> {
    if (isVouched(attempt)) {
      return this.grantVouched(
        attempt,
        ...(await together(this.members.holdLive(attempt.memberId), this.demands())),
      );
    }
    const standing = await this.standings.ofMember(attempt.memberId);
    if (!standing) throw memberRemoved();
    return this.grantLocal(attempt, standing);
  }

  /**
   * What decides about this person here, for grantLocal(); undefined when they are no member, or the password that was
   * right a moment ago, by this hash, is so no more.
   */
  standingByPassword(userId: string, passwordHash: string): Promise<LocalLoginStanding | undefined> {
    return this.standings.byPassword(userId, passwordHash);
  }

  /** As `grant`, for a sign-in with a password or passkey, with data that the transaction has read already. */
  grantLocal(attempt: LoginAttempt, standing: LocalLoginStanding): LoginGrant {
    const { member, policy, workspace } = standing;
    const { ssoEnforced } = policy;
    if (ssoEnforced && !this.isBreakGlass(member, policy)) throw ssoRequired();
    try {
      const notAfter = this.secondFactors.judgeLocal(standing, attempt);
      // A break-glass admin must have enrolled a second factor before: the password alone does not suffice.
      if (ssoEnforced && !attempt.amr.includes('mfa')) throw ssoRequired();
      return { ...grantOf(attempt, member, policy, notAfter), workspace };
    } catch (failure) {
      // And a stolen one must not enrol a factor.
      const enrols = failure instanceof SecondFactorNeeded && failure.enrollmentRequired;
      throw ssoEnforced && enrols ? ssoRequired() : failure;
    }
  }

  /**
   * As `grant`, for a sign-in through an identity provider, with data that the transaction has read already: the
   * locked member (undefined when there is none or they are removed), and the policy from `demands`.
   */
  async grantVouched(attempt: LoginAttempt, member: Held | undefined, policy: Policy): Promise<LoginGrant> {
    if (!isVouched(attempt)) throw new Error('What is shown to us alone is granted by grant().');
    if (!member) throw memberRemoved();
    return grantOf(
      attempt,
      member,
      policy,
      await this.secondFactors.judgeVouched(member.id, policy, attempt),
    );
  }

  /** What the workspace demands at this moment. */
  demands(): Promise<Policy> {
    return this.policies.current();
  }

  /** Whether this member may sign in with a password, and whether they have, or must set up, a second factor. */
  async passwordStanding(member: Person): Promise<{ allowed: boolean; hasFactor: boolean }> {
    const policy = await this.policies.current();
    const allowed = !policy.ssoEnforced || this.isBreakGlass(member, policy);
    return { allowed, hasFactor: await this.secondFactors.standBeside(member, policy) };
  }

  /** Whether this person alone may use a password although single sign-on is enforced. */
  isBreakGlass({ id, role }: Person, policy: BreakGlassPolicy): boolean {
    return role === 'admin' && policy.breakGlassMemberIds.includes(id);
  }
}

/** By an identity provider; else the person showed us alone who they are. */
export const isVouched = ({ method }: LoginAttempt): boolean => method === 'saml' || method === 'oidc';

function grantOf(
  attempt: LoginAttempt,
  { userId, email }: Held,
  policy: SessionPolicy,
  notAfter: Date | undefined,
): LoginGrant {
  const { accessTokenSeconds, idleSeconds, absoluteSeconds, maxConcurrentSessions, ssoEnforced } = policy;
  const breakGlass = !isVouched(attempt) && ssoEnforced;
  return {
    ...attempt,
    notAfter: earlier(attempt.notAfter, notAfter),
    userId,
    email,
    breakGlass,
    accessTokenSeconds,
    idleSeconds,
    absoluteSeconds,
    maxConcurrentSessions,
  } as LoginGrant;
}

function earlier(one: Date | undefined, other: Date | undefined): Date | undefined {
  if (!one || !other) return one ?? other;
  return one < other ? one : other;
}

/** The error for a person who has authenticated but has been removed from the workspace. */
export const memberRemoved = (): Forbidden =>
  new Forbidden('You are no longer a member of this workspace.', 'member_removed');

const ssoRequired = (): Problem =>
  new Problem(403, 'sso_required', 'This workspace signs in through its identity provider.');

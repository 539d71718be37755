import { Injectable } from '@nestjs/common';
import { DAY_MS } from '../../config/durations';
import { Forbidden } from '../../http/problems';
import { type HeldMember, MembersService } from '../../members/members.service';
import type { Policy } from '../../workspaces/workspace-policy.service';
import { FactorsService } from '../factors/factors.service';
import type { LoginAttempt } from './login-grant';
import type { FactorPolicy, LocalLoginStanding } from './local-login-standings.service';
import { SecondFactorNeeded } from './second-factor-needed';
import { askedOf, covers } from './second-factor-rule';

/** Decides whether a sign-in suffices as it is or needs a second factor. */
@Injectable()
export class SecondFactorPolicy {
  constructor(
    private readonly members: MembersService,
    private readonly factors: FactorsService,
  ) {}

  /**
   * For a sign-in with a password or passkey. Throws SecondFactorNeeded when the member has a factor to show or must
   * enrol one, and 403 `factor_not_allowed` for a new one with a passkey where the workspace does not allow passkeys.
   * Returns the latest end of the session when enrolling was postponed.
   */
  judgeLocal(standing: LocalLoginStanding, attempt: LoginAttempt): Date | undefined {
    const { member, policy, passwordNeedsFactor } = standing;
    const isNewByPasskey = attempt.method === 'passkey' && !attempt.goesOn;
    if (isNewByPasskey && !policy.mfaAllowedFactors.includes('webauthn')) throw notAllowed();
    if (askedOf(attempt, policy) === 'nobody') return undefined;
    // Also where nobody types it: a refresh, a switch and a step that is put off go by a password as well.
    if (passwordNeedsFactor) throw new SecondFactorNeeded(!standing.hasFactor);
    return ask(member, policy, attempt, standing.hasFactor);
  }

  /**
   * As `judgeLocal`, for a sign-in through an identity provider, depending on whether the workspace trusts the
   * provider's second factor.
   */
  async judgeVouched(memberId: string, policy: Policy, attempt: LoginAttempt): Promise<Date | undefined> {
    const asked = askedOf(attempt, policy);
    if (asked === 'nobody') return undefined;
    const member = await this.members.holdLive(memberId);
    if (!member || (asked === 'covered' && !covers(policy, member))) return undefined;
    return ask(member, policy, attempt, await this.factors.hasUsable(member.id, policy.mfaAllowedFactors));
  }

  /** Whether a second factor stands beside the password of this member, or will have to. */
  async standBeside(member: Pick<HeldMember, 'id' | 'role'>, policy: Policy): Promise<boolean> {
    return covers(policy, member) || this.factors.hasUsable(member.id, policy.mfaAllowedFactors);
  }
}

/** Until when the session may last, where setting a factor up was put off. Throws SecondFactorNeeded. */
function ask(
  member: HeldMember,
  policy: FactorPolicy,
  attempt: LoginAttempt,
  hasFactor: boolean,
): Date | undefined {
  if (hasFactor) throw new SecondFactorNeeded(false);
  if (!covers(policy, member)) return undefined;
  const grace = graceEndOf(policy, member);
  const inGrace = grace > new Date();
  if (inGrace && attempt.enrolmentPutOff) return grace;
  throw new SecondFactorNeeded(true, inGrace ? grace : undefined);
}

/** From when the demand began, or the member came later: becoming an admin begins no new period. */
function graceEndOf({ mfaRequiredSince, mfaGracePeriodDays }: FactorPolicy, { createdAt }: HeldMember): Date {
  const from = Math.max(mfaRequiredSince.getTime(), createdAt.getTime());
  return new Date(from + mfaGracePeriodDays * DAY_MS);
}

const notAllowed = (): Forbidden =>
  new Forbidden('This workspace does not allow passkeys. Sign in another way.', 'factor_not_allowed');

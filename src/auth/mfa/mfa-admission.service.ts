import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Forbidden, type Problem } from '../../http/problems';
import { MembersService } from '../../members/members.service';
import { KnownDevices } from '../devices/known-devices.service';
import { actorOf, type FactorOwner } from '../factors/factor-owner';
import { BreakGlass } from '../sessions/break-glass.service';
import { withSecondFactor } from '../factors/factor-answer';
import type { LoginAttempt } from '../sessions/login-grant';
import { LoginPolicyService } from '../sessions/login-policy.service';
import type { Open } from './finished-login';
import type { MfaChallenge } from './mfa-challenges.service';

/** Who is at the second step of a sign-in, and how they come in. In the transaction of the workspace. */
@Injectable()
export class MfaAdmission {
  constructor(
    private readonly members: MembersService,
    private readonly policy: LoginPolicyService,
    private readonly breakGlass: BreakGlass,
    private readonly devices: KnownDevices,
    private readonly trail: AuditTrail,
  ) {}

  /** Throws 403 `member_removed`. */
  async owner(memberId: string): Promise<FactorOwner> {
    return ownerOf(await this.members.get(memberId));
  }

  /** As owner(); others who want to be alone with the member wait until this transaction ends. */
  async ownerAlone(memberId: string): Promise<FactorOwner> {
    return ownerOf(await this.members.holdLiveAlone(memberId));
  }

  /** Lets somebody in whose factor was right; `amr` says what it proved. Throws what LoginPolicyService throws. */
  admit<Opened>(challenge: MfaChallenge, amr: readonly string[], open: Open<Opened>): Promise<Opened> {
    const { first } = challenge;
    return this.enter(challenge, { amr: withSecondFactor(first.amr, amr), evidence: 'own' }, open);
  }

  /** Lets somebody in who sets their factor up later. Throws 403 `mfa_required` when it is too late for that. */
  admitWithout<Opened>(challenge: MfaChallenge, open: Open<Opened>): Promise<Opened> {
    return this.enter(challenge, { enrolmentPutOff: true }, open);
  }

  private async enter<Opened>(
    challenge: MfaChallenge,
    shown: Partial<LoginAttempt>,
    open: Open<Opened>,
  ): Promise<Opened> {
    const { memberId, first, back } = challenge;
    const grant = await this.policy.grant({ memberId, authenticatedAt: new Date(), ...first, ...shown });
    if (grant.breakGlass) await this.breakGlass.noteUse(grant);
    this.devices.note(grant.userId);
    return open(grant, back);
  }

  async recordFailure(
    { memberId, first: { method } }: MfaChallenge,
    factorId: string,
    { code, extra }: Problem,
  ): Promise<void> {
    const { userId, email } = await this.members.get(memberId);
    const data = { method, step: 'second_factor', code, reason: extra.reason ?? code, factorId };
    this.trail.record({
      type: 'auth.login_failed',
      actor: actorOf({ id: userId, memberId, email }),
      target: { type: 'user', id: userId },
      ...(await this.breakGlass.markedFailure(userId, data)),
    });
  }
}

interface Person {
  readonly id: string;
  readonly userId: string;
  readonly email: string;
  readonly removedAt: Date | null;
}

function ownerOf(member: Person | undefined): FactorOwner {
  if (!member || member.removedAt) {
    throw new Forbidden('You are no longer a member of this workspace.', 'member_removed');
  }
  return { id: member.userId, memberId: member.id, email: member.email };
}

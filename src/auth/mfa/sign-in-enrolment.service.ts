import { Injectable } from '@nestjs/common';
import type { PresentedCredential } from '../../crypto/credential';
import { Conflict } from '../../http/problems';
import type { Enrolment, WantedFactor } from '../factors/enrolment';
import type { FactorAnswer } from '../factors/factor-answer';
import { type ConfirmedFactor, FactorEnrolment } from '../factors/factor-enrolment.service';
import type { FactorOwner } from '../factors/factor-owner';
import { FactorsService } from '../factors/factors.service';
import { SessionsService } from '../sessions/sessions.service';
import { MfaAdmission } from './mfa-admission.service';
import { MfaChallenges } from './mfa-challenges.service';

/** Setting up the first factor on the way in. In the transaction of the workspace. */
@Injectable()
export class SignInEnrolment {
  constructor(
    private readonly challenges: MfaChallenges,
    private readonly factors: FactorsService,
    private readonly enrolment: FactorEnrolment,
    private readonly admission: MfaAdmission,
    private readonly sessions: SessionsService,
  ) {}

  /** Begun again, it is begun anew. Throws 401 `invalid_mfa_token`, 409 `factor_exists`, and as FactorEnrolment. */
  async begin(
    presented: PresentedCredential,
    wanted: WantedFactor,
  ): Promise<{ memberId: string; enrolment: Enrolment }> {
    const challenge = await this.challenges.hold(presented);
    const owner = await this.ownerWithoutFactor(challenge.memberId);
    if (challenge.enrollingFactorId) await this.enrolment.dropPending(challenge.enrollingFactorId);
    const enrolment = await this.enrolment.begin(owner, wanted);
    await this.challenges.noteEnrolment(challenge.id, enrolment.id);
    return { memberId: owner.memberId, enrolment };
  }

  /** Throws 409 `factor_exists`, and as FactorEnrolment. */
  async confirm(owner: FactorOwner, factorId: string, answer: FactorAnswer): Promise<ConfirmedFactor> {
    await this.ownerWithoutFactor(owner.memberId);
    const confirmed = await this.enrolment.confirm(owner, factorId, answer);
    await this.sessions.shortenWithoutFactor(owner.memberId);
    return confirmed;
  }

  /** A first step alone enrols the first factor and no other. Whoever else tries waits for this transaction. */
  private async ownerWithoutFactor(memberId: string): Promise<FactorOwner> {
    const owner = await this.admission.ownerAlone(memberId);
    if ((await this.factors.listUsable(memberId)).length > 0) {
      throw new Conflict('factor_exists', 'You have a second factor already: sign in again and use it.');
    }
    return owner;
  }
}

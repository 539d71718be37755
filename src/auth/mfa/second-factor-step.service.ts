import { Injectable } from '@nestjs/common';
import type { PresentedCredential } from '../../crypto/credential';
import { Conflict, type Problem } from '../../http/problems';
import { FactorEnrolment } from '../factors/factor-enrolment.service';
import type { FactorOwner } from '../factors/factor-owner';
import { FactorsService } from '../factors/factors.service';
import type { LoginGrant } from '../sessions/login-grant';
import type { FinishedLogin } from './finished-login';
import type { EnrollingFactorDto } from './mfa.dto';
import { MfaAdmission } from './mfa-admission.service';
import { type MfaChallenge, MfaChallenges } from './mfa-challenges.service';

/**
 * The second step of a sign-in, inside one transaction of its workspace: the challenge is taken, the factor is used,
 * the policy is asked, a session is opened; or none of it.
 */
@Injectable()
export class SecondFactorStep {
  constructor(
    private readonly challenges: MfaChallenges,
    private readonly factors: FactorsService,
    private readonly enrolment: FactorEnrolment,
    private readonly admission: MfaAdmission,
  ) {}

  async take<Opened>(
    presented: PresentedCredential,
    factorId: string,
    code: string,
    open: (grant: LoginGrant) => Promise<Opened>,
  ): Promise<FinishedLogin<Opened>> {
    const challenge = await this.challenges.consume(presented);
    const owner = await this.admission.owner(challenge.memberId);
    const recoveryCodes = await this.prove(challenge, owner, factorId, code);
    return { opened: await this.admission.admit(owner, open), recoveryCodes };
  }

  async enroll(presented: PresentedCredential): Promise<EnrollingFactorDto> {
    const challenge = await this.challenges.hold(presented);
    const owner = await this.ownerWithoutFactor(challenge.memberId);
    if (challenge.enrollingFactorId) await this.factors.dropPending(challenge.enrollingFactorId);
    const { id, secret, otpauthUrl } = await this.enrolment.begin(owner, null);
    await this.challenges.noteEnrolment(challenge.id, id);
    return { factorId: id, type: 'totp', secret, otpauthUrl };
  }

  recordFailure(memberId: string, factorId: string, problem: Problem): Promise<void> {
    return this.admission.recordFailure(memberId, factorId, problem);
  }

  private async prove(
    { enrollingFactorId }: MfaChallenge,
    owner: FactorOwner,
    factorId: string,
    code: string,
  ): Promise<string[] | undefined> {
    if (factorId !== enrollingFactorId) {
      await this.factors.use(owner, factorId, code);
      return undefined;
    }
    await this.ownerWithoutFactor(owner.memberId);
    return (await this.enrolment.confirm(owner, factorId, code)).recoveryCodes;
  }

  /** A password alone enrols the first factor and no other. Whoever else tries waits for this transaction. */
  private async ownerWithoutFactor(memberId: string): Promise<FactorOwner> {
    const owner = await this.admission.ownerAlone(memberId);
    if (await this.factors.hasConfirmed(memberId)) {
      throw new Conflict('factor_exists', 'You have a second factor already: sign in again and use it.');
    }
    return owner;
  }
}

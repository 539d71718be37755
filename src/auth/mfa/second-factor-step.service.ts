import { Injectable } from '@nestjs/common';
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import type { PresentedCredential } from '../../crypto/credential';
import type { Problem } from '../../http/problems';
import type { FactorAnswer, Occasion } from '../factors/factor-answer';
import type { Enrolment, WantedFactor } from '../factors/enrolment';
import type { FactorOwner } from '../factors/factor-owner';
import { FactorProof } from '../factors/factor-proof.service';
import { FactorsService } from '../factors/factors.service';
import type { FinishedLogin, Open } from './finished-login';
import { MfaAdmission } from './mfa-admission.service';
import { type MfaChallenge, MfaChallenges } from './mfa-challenges.service';
import { SignInEnrolment } from './sign-in-enrolment.service';

/**
 * The second step of a sign-in, inside one transaction of its workspace: the challenge is taken, the factor is used,
 * the policy is asked, a session is opened; or none of it.
 */
@Injectable()
export class SecondFactorStep {
  constructor(
    private readonly challenges: MfaChallenges,
    private readonly factors: FactorsService,
    private readonly proof: FactorProof,
    private readonly enrolment: SignInEnrolment,
    private readonly admission: MfaAdmission,
  ) {}

  async take<Opened>(
    presented: PresentedCredential,
    factorId: string,
    answer: FactorAnswer,
    open: Open<Opened>,
  ): Promise<FinishedLogin<Opened>> {
    const challenge = await this.challenges.consume(presented);
    const owner = await this.admission.owner(challenge.memberId);
    const { amr, recoveryCodes } = await this.prove(challenge, owner, factorId, answer);
    const enrolled = recoveryCodes !== undefined;
    const opened = await this.admission.admit(challenge, amr, (grant, back) => open(grant, back, enrolled));
    return { opened, recoveryCodes };
  }

  /** Lets somebody in who sets their factor up later. */
  async skip<Opened>(presented: PresentedCredential, open: Open<Opened>): Promise<Opened> {
    const challenge = await this.challenges.consume(presented);
    await this.admission.owner(challenge.memberId);
    return this.admission.admitWithout(challenge, open);
  }

  /** The sign-in that the token stands for, and the type of the factor that was picked. Throws as MfaChallenges. */
  async look(
    presented: PresentedCredential,
    factorId: string,
  ): Promise<{ challenge: MfaChallenge; type: string; occasion: Occasion }> {
    const challenge = await this.challenges.find(presented);
    const factor = await this.factors.find(challenge.memberId, factorId);
    const enrols = challenge.enrollingFactorId === factorId;
    const occasion = enrols ? ({ purpose: 'enrolment', id: factorId } as const) : occasionOf(challenge);
    return { challenge, type: factor?.type ?? 'unknown', occasion };
  }

  /** What the browser needs to answer with a passkey or security key. */
  async options(
    presented: PresentedCredential,
    factorId: string,
  ): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const challenge = await this.challenges.find(presented);
    return this.proof.requestOptions(challenge.memberId, factorId, occasionOf(challenge));
  }

  enroll(
    presented: PresentedCredential,
    wanted: WantedFactor,
  ): Promise<{ memberId: string; enrolment: Enrolment }> {
    return this.enrolment.begin(presented, wanted);
  }

  recordFailure(challenge: MfaChallenge, factorId: string, problem: Problem): Promise<void> {
    return this.admission.recordFailure(challenge, factorId, problem);
  }

  private async prove(
    challenge: MfaChallenge,
    owner: FactorOwner,
    factorId: string,
    answer: FactorAnswer,
  ): Promise<{ amr: readonly string[]; recoveryCodes: string[] | undefined }> {
    if (factorId !== challenge.enrollingFactorId) {
      const { amr } = await this.proof.use(owner, factorId, answer, occasionOf(challenge));
      return { amr, recoveryCodes: undefined };
    }
    return this.enrolment.confirm(owner, factorId, answer);
  }
}

const occasionOf = ({ id }: MfaChallenge): Occasion => ({ purpose: 'sign_in', id });

import { Injectable } from '@nestjs/common';
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import type { PresentedCredential } from '../../crypto/credential';
import { Conflict, type Problem } from '../../http/problems';
import type { FactorAnswer, Occasion } from '../factors/factor-answer';
import { FactorEnrolment } from '../factors/factor-enrolment.service';
import type { Enrolment, WantedFactor } from '../factors/enrolment';
import type { FactorOwner } from '../factors/factor-owner';
import { FactorProof } from '../factors/factor-proof.service';
import { FactorsService } from '../factors/factors.service';
import type { FinishedLogin, Open } from './finished-login';
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
    private readonly proof: FactorProof,
    private readonly enrolment: FactorEnrolment,
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
    return { opened: await this.admission.admit(challenge, amr, open), recoveryCodes };
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

  async enroll(
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
    await this.ownerWithoutFactor(owner.memberId);
    return this.enrolment.confirm(owner, factorId, answer);
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

const occasionOf = ({ id }: MfaChallenge): Occasion => ({ purpose: 'sign_in', id });

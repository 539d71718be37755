import { Injectable } from '@nestjs/common';
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import type { PresentedCredential } from '../../crypto/credential';
import { Database } from '../../database/database';
import { Problem } from '../../http/problems';
import type { FactorAnswer } from '../factors/factor-answer';
import type { Enrolment, WantedFactor } from '../factors/enrolment';
import { FactorThrottle, TooManyGuesses } from '../factors/factor-throttle.service';
import { type SentCode, SmsSender } from '../factors/sms/sms-sender.service';
import type { FinishedLogin, Open } from './finished-login';
import { MfaChallenges } from './mfa-challenges.service';
import { SecondFactorStep } from './second-factor-step.service';

/** An answer to what a sign-in asks for. */
export interface SecondStep {
  readonly mfaToken: string;
  readonly factorId: string;
  readonly answer: FactorAnswer;
}

/** The second step of a sign-in, from the mfaToken on. Opens its own transactions. */
@Injectable()
export class MfaLogin {
  constructor(
    private readonly database: Database,
    private readonly challenges: MfaChallenges,
    private readonly throttle: FactorThrottle,
    private readonly sender: SmsSender,
    private readonly step: SecondFactorStep,
  ) {}

  /**
   * Takes an answer and lets the person in; `open` makes what they leave with, in the same transaction. Throws 401
   * `invalid_mfa_token`, 401 `invalid_code` or `invalid_passkey`, 429 `rate_limited`, and what LoginPolicyService
   * throws.
   */
  async verify<Opened>(
    { mfaToken, factorId, answer }: SecondStep,
    open: Open<Opened>,
  ): Promise<FinishedLogin<Opened>> {
    const presented = this.challenges.locate(mfaToken);
    const id = factorId.toLowerCase();
    const { challenge, type } = await this.in(presented, () => this.step.look(presented, id));
    try {
      return await this.throttle.guard(challenge.memberId, type, () =>
        this.in(presented, () => this.step.take(presented, id, answer, open)),
      );
    } catch (failure) {
      const silent = failure instanceof TooManyGuesses && !failure.first;
      if (failure instanceof Problem && !silent) {
        await this.in(presented, () => this.step.recordFailure(challenge, factorId, failure));
      }
      throw failure;
    }
  }

  /**
   * What the browser needs to answer with this passkey or security key. Throws 401 `invalid_mfa_token`, NotFound, 409
   * `factor_takes_codes`.
   */
  options(mfaToken: string, factorId: string): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const presented = this.challenges.locate(mfaToken);
    return this.in(presented, () => this.step.options(presented, factorId.toLowerCase()));
  }

  /**
   * Begins to set up the factor that the workspace asks for. Asked again, it begins anew. Throws 401
   * `invalid_mfa_token`, 409 `factor_exists`, and what FactorEnrolment throws.
   */
  async enroll(mfaToken: string, wanted: WantedFactor): Promise<Enrolment & Partial<SentCode>> {
    const presented = this.challenges.locate(mfaToken);
    const { memberId, enrolment } = await this.in(presented, () => this.step.enroll(presented, wanted));
    return this.sender.sendFirst(presented.workspaceId, memberId, enrolment);
  }

  /**
   * Sends a code to the phone of this factor, for this sign-in. Throws 401 `invalid_mfa_token` and what SmsSender
   * throws.
   */
  async send(mfaToken: string, factorId: string): Promise<SentCode> {
    const presented = this.challenges.locate(mfaToken);
    const id = factorId.toLowerCase();
    const { challenge, occasion } = await this.in(presented, () => this.step.look(presented, id));
    return this.sender.send(presented.workspaceId, challenge.memberId, id, occasion);
  }

  /**
   * Lets somebody in who may put off setting up what the workspace asks for. Throws 401 `invalid_mfa_token`, 403
   * `mfa_required` for whoever may not, and what else LoginPolicyService throws.
   */
  skip<Opened>(mfaToken: string, open: Open<Opened>): Promise<Opened> {
    const presented = this.challenges.locate(mfaToken);
    return this.in(presented, () => this.step.skip(presented, open));
  }

  private in<T>({ workspaceId }: PresentedCredential, work: () => Promise<T>): Promise<T> {
    return this.database.inWorkspace(workspaceId, work);
  }
}

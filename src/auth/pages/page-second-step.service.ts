import { Injectable } from '@nestjs/common';
import { SignInCompletion, type SignInOutcome } from '../browser/sign-in-completion.service';
import type { Enrolment, WantedFactor } from '../factors/enrolment';
import type { SentCode } from '../factors/sms/sms-sender.service';
import type { FinishedLogin } from '../mfa/finished-login';
import { MfaLogin, type SecondStep } from '../mfa/mfa-login.service';
import { OwnOrigin } from './own-origin';
import { SecondStepOnce } from './second-step-once.service';

/** The second step on a page of ours: ends where the sign-in began, in an application or in the console. */
@Injectable()
export class PageSecondStep {
  constructor(
    private readonly ownOrigin: OwnOrigin,
    private readonly mfa: MfaLogin,
    private readonly completion: SignInCompletion,
    private readonly steps: SecondStepOnce,
  ) {}

  /** Sent twice, it is done once. Throws 403 `foreign_origin` and what MfaLogin throws. */
  verify(
    step: SecondStep,
    origin: string | undefined,
    destination?: string,
  ): Promise<FinishedLogin<SignInOutcome>> {
    this.ownOrigin.require(origin);
    return this.steps.run(step.mfaToken, () =>
      this.mfa.verify(step, (grant, back, readsFirst) =>
        this.completion.leave(grant, { back, destination, readsFirst }),
      ),
    );
  }

  /** As verify(). */
  async skip(mfaToken: string, origin: string | undefined, destination?: string): Promise<SignInOutcome> {
    this.ownOrigin.require(origin);
    const { opened } = await this.steps.run(mfaToken, async () => ({
      opened: await this.mfa.skip(mfaToken, (grant, back) =>
        this.completion.leave(grant, { back, destination }),
      ),
      recoveryCodes: undefined,
    }));
    return opened;
  }

  /** Begins to set up the factor that the workspace asks for. */
  setUp(mfaToken: string, wanted: WantedFactor): Promise<Enrolment> {
    return this.mfa.enroll(mfaToken, wanted);
  }

  sendCode(mfaToken: string, factorId: string): Promise<SentCode> {
    return this.mfa.send(mfaToken, factorId);
  }
}

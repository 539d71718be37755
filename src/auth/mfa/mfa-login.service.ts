import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { Problem } from '../../http/problems';
import { LoginThrottle, TooManyAttempts } from '../password/login-throttle.service';
import type { LoginGrant } from '../sessions/login-grant';
import type { FinishedLogin } from './finished-login';
import type { EnrollingFactorDto, VerifyFactorDto } from './mfa.dto';
import { MfaChallenges } from './mfa-challenges.service';
import { SecondFactorStep } from './second-factor-step.service';

/** The second step of a sign-in with a password, from the mfaToken on. Opens its own transactions. */
@Injectable()
export class MfaLogin {
  constructor(
    private readonly database: Database,
    private readonly challenges: MfaChallenges,
    private readonly throttle: LoginThrottle,
    private readonly step: SecondFactorStep,
  ) {}

  /**
   * Takes a code and lets the person in; `open` makes what they leave with, in the same transaction. Throws 401
   * `invalid_mfa_token`, 401 `invalid_code`, 429 `rate_limited`, and what LoginPolicyService throws.
   */
  async verify<Opened>(
    { mfaToken, factorId, code }: VerifyFactorDto,
    open: (grant: LoginGrant) => Promise<Opened>,
  ): Promise<FinishedLogin<Opened>> {
    const presented = this.challenges.locate(mfaToken);
    const inWorkspace = <T>(work: () => Promise<T>): Promise<T> =>
      this.database.inWorkspace(presented.workspaceId, work);
    const { memberId } = await inWorkspace(() => this.challenges.find(presented));
    try {
      return await this.throttle.guardFactor(memberId, () =>
        inWorkspace(() => this.step.take(presented, factorId.toLowerCase(), code, open)),
      );
    } catch (failure) {
      const silent = failure instanceof TooManyAttempts && !failure.first;
      if (failure instanceof Problem && !silent) {
        await inWorkspace(() => this.step.recordFailure(memberId, factorId, failure));
      }
      throw failure;
    }
  }

  /**
   * Begins to set up the factor that the workspace asks for. Asked again, it begins anew. Throws 401
   * `invalid_mfa_token`, 409 `factor_exists`, and what FactorEnrolment throws.
   */
  enroll(mfaToken: string): Promise<EnrollingFactorDto> {
    const presented = this.challenges.locate(mfaToken);
    return this.database.inWorkspace(presented.workspaceId, () => this.step.enroll(presented));
  }
}

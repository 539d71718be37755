import { Injectable } from '@nestjs/common';
import { requireFreshAuthentication } from '../../access/fresh-authentication';
import type { UserPrincipal } from '../../access/principal';
import { Database } from '../../database/database';
import { BadRequest, Conflict } from '../../http/problems';
import { type ConfirmedFactor, type Enrolment, FactorEnrolment } from '../factors/factor-enrolment.service';
import type { FactorAnswer } from '../factors/factor-answer';
import type { EnrollableType } from '../factors/factor.entity';
import { FactorThrottle } from '../factors/factor-throttle.service';
import { FactorsService } from '../factors/factors.service';
import { InvalidCode } from '../factors/invalid-code';
import { SessionsService } from '../sessions/sessions.service';

/** The factors of whoever is asking, in the workspace they are in. Each change needs a sign-in of a moment ago. */
@Injectable()
export class OwnFactors {
  constructor(
    private readonly database: Database,
    private readonly factors: FactorsService,
    private readonly enrolment: FactorEnrolment,
    private readonly throttle: FactorThrottle,
    private readonly sessions: SessionsService,
  ) {}

  /** Throws 401 `reauthentication_required`, 409 `factor_unavailable`, and what FactorEnrolment throws. */
  async add(caller: UserPrincipal, type: EnrollableType, name: string | null): Promise<Enrolment> {
    requireFreshAuthentication(caller);
    if (type === 'sms') {
      throw new Conflict('factor_unavailable', 'Codes by text message are not offered.');
    }
    return this.enrolment.begin(caller, { type, name });
  }

  /**
   * Outside a transaction. The session that confirms has shown both factors from then on, and so goes on. Throws 400
   * `invalid_code` or `invalid_passkey`: a 401 would say that the session is not good any more. And 429 `rate_limited`, and what else
   * FactorEnrolment throws.
   */
  async confirm(caller: UserPrincipal, id: string, answer: FactorAnswer): Promise<ConfirmedFactor> {
    try {
      return await this.throttle.guard(caller.memberId, 'enrolment', () =>
        this.database.inWorkspace(caller.workspaceId, () => this.confirmAndNote(caller, id, answer)),
      );
    } catch (failure) {
      throw failure instanceof InvalidCode ? new BadRequest(failure.code, failure.detail) : failure;
    }
  }

  /** Throws 401 `reauthentication_required` and what FactorsService throws. */
  async remove(caller: UserPrincipal, id: string): Promise<void> {
    requireFreshAuthentication(caller);
    await this.factors.remove(caller, id);
  }

  /** Throws 401 `reauthentication_required`, 409 `no_factor`. */
  async replaceRecoveryCodes(caller: UserPrincipal): Promise<string[]> {
    requireFreshAuthentication(caller);
    return this.factors.replaceRecoveryCodes(caller);
  }

  private async confirmAndNote(
    caller: UserPrincipal,
    id: string,
    answer: FactorAnswer,
  ): Promise<ConfirmedFactor> {
    const confirmed = await this.enrolment.confirm(caller, id, answer);
    await this.sessions.noteSecondFactor(caller.sessionId, confirmed.amr);
    return confirmed;
  }
}

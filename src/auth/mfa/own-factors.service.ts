import { Injectable } from '@nestjs/common';
import { requireFreshAuthentication } from '../../access/fresh-authentication';
import type { UserPrincipal } from '../../access/principal';
import { Database } from '../../database/database';
import { BadRequest, Conflict } from '../../http/problems';
import { type ConfirmedFactor, type Enrolment, FactorEnrolment } from '../factors/factor-enrolment.service';
import { FactorsService } from '../factors/factors.service';
import { InvalidCode } from '../factors/invalid-code';
import { LoginThrottle } from '../password/login-throttle.service';
import { SessionsService } from '../sessions/sessions.service';

/** The factors of whoever is asking, in the workspace they are in. Each change needs a sign-in of a moment ago. */
@Injectable()
export class OwnFactors {
  constructor(
    private readonly database: Database,
    private readonly factors: FactorsService,
    private readonly enrolment: FactorEnrolment,
    private readonly throttle: LoginThrottle,
    private readonly sessions: SessionsService,
  ) {}

  /** Throws 401 `reauthentication_required`, 409 `factor_unavailable`, and what FactorEnrolment throws. */
  async add(caller: UserPrincipal, type: string, name: string | null): Promise<Enrolment> {
    requireFreshAuthentication(caller);
    if (type !== 'totp') {
      throw new Conflict(
        'factor_unavailable',
        'Of second factors, only authenticator apps (totp) are offered.',
      );
    }
    return this.enrolment.begin(caller, name);
  }

  /**
   * Outside a transaction. The session that confirms has shown both factors from then on, and so goes on. Throws 400
   * `invalid_code`: a 401 would say that the session is not good any more. And 429 `rate_limited`, and what else
   * FactorEnrolment throws.
   */
  async confirm(caller: UserPrincipal, id: string, code: string): Promise<ConfirmedFactor> {
    try {
      return await this.throttle.guardFactor(caller.memberId, () =>
        this.database.inWorkspace(caller.workspaceId, () => this.confirmAndNote(caller, id, code)),
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

  private async confirmAndNote(caller: UserPrincipal, id: string, code: string): Promise<ConfirmedFactor> {
    const confirmed = await this.enrolment.confirm(caller, id, code);
    if (caller.method === 'password') await this.sessions.noteSecondFactor(caller.sessionId);
    return confirmed;
  }
}

import { Injectable } from '@nestjs/common';
import { requireFreshAuthentication } from '../../access/fresh-authentication';
import type { UserPrincipal } from '../../access/principal';
import { Database } from '../../database/database';
import { BadRequest } from '../../http/problems';
import type { FactorAnswer } from '../factors/factor-answer';
import { type ConfirmedFactor, FactorEnrolment } from '../factors/factor-enrolment.service';
import type { Enrolment, WantedFactor } from '../factors/enrolment';
import { FactorThrottle } from '../factors/factor-throttle.service';
import { InvalidCode } from '../factors/invalid-code';
import { type SentCode, SmsSender } from '../factors/sms/sms-sender.service';
import { SessionsService } from '../sessions/sessions.service';

/** Setting up a factor of one's own. Opens its own transactions. */
@Injectable()
export class OwnEnrolment {
  constructor(
    private readonly database: Database,
    private readonly enrolment: FactorEnrolment,
    private readonly sender: SmsSender,
    private readonly throttle: FactorThrottle,
    private readonly sessions: SessionsService,
  ) {}

  /** Throws 401 `reauthentication_required`, and what FactorEnrolment and SmsSender throw. */
  async add(caller: UserPrincipal, wanted: WantedFactor): Promise<Enrolment & Partial<SentCode>> {
    requireFreshAuthentication(caller);
    const begun = await this.database.inWorkspace(caller.workspaceId, async () => {
      await this.enrolment.requireShown(caller);
      return this.enrolment.begin(caller, wanted);
    });
    return this.sender.sendFirst(caller.workspaceId, caller.memberId, begun);
  }

  /** An authenticator app, on a page that shows its key once. Throws as `add`. */
  async addApp(caller: UserPrincipal): Promise<Enrolment> {
    requireFreshAuthentication(caller);
    return this.database.inWorkspace(caller.workspaceId, async () => {
      await this.enrolment.requireShown(caller);
      return this.enrolment.beginApp(caller);
    });
  }

  /** Another code for a phone that is still to be confirmed. Throws what SmsSender throws. */
  sendAgain({ workspaceId, memberId }: UserPrincipal, id: string): Promise<SentCode> {
    return this.sender.send(workspaceId, memberId, id, { purpose: 'enrolment', id });
  }

  /**
   * The session that confirms has shown both factors from then on, and so goes on. Throws 400 `invalid_code` or
   * `invalid_passkey`: a 401 would say that the session is not good any more. And 401 `reauthentication_required` where
   * another session has set one up meanwhile, 429 `rate_limited`, and what else FactorEnrolment throws.
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

  private async confirmAndNote(
    caller: UserPrincipal,
    id: string,
    answer: FactorAnswer,
  ): Promise<ConfirmedFactor> {
    await this.enrolment.requireShown(caller);
    const confirmed = await this.enrolment.confirm(caller, id, answer);
    await this.sessions.shortenWithoutFactor(caller.memberId, caller.sessionId);
    await this.sessions.noteSecondFactor(caller.sessionId, confirmed.amr);
    return confirmed;
  }
}

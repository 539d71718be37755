import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../access/principal';
import { Database } from '../../database/database';
import { IdempotentCalls } from '../../idempotency/idempotent-calls.service';
import type { FactorAnswer } from '../factors/factor-answer';
import { OwnEnrolment } from '../mfa/own-enrolment.service';
import { OwnFactors } from '../mfa/own-factors.service';

/**
 * Deeds that end with recovery codes, which are shown once: their forms are done once, pressed twice or sent again by a
 * reload, and show the same codes both times. A browser shows the last answer only.
 */
@Injectable()
export class CodesShownOnce {
  constructor(
    private readonly database: Database,
    private readonly enrolment: OwnEnrolment,
    private readonly own: OwnFactors,
    private readonly calls: IdempotentCalls,
  ) {}

  /** Undefined where there are codes already. Throws as OwnEnrolment does. */
  async confirm(
    caller: UserPrincipal,
    factorId: string,
    answer: FactorAnswer,
  ): Promise<string[] | undefined> {
    const codes = await this.once(async () => {
      const { recoveryCodes } = await this.enrolment.confirm(caller, factorId, answer);
      return recoveryCodes ?? [];
    });
    return codes.length > 0 ? codes : undefined;
  }

  /** Throws as OwnFactors does. */
  replace(caller: UserPrincipal): Promise<string[]> {
    return this.once(() =>
      this.database.inWorkspace(caller.workspaceId, () => this.own.replaceRecoveryCodes(caller)),
    );
  }

  private once(work: () => Promise<string[]>): Promise<string[]> {
    return this.calls.run(async (call) => {
      const codes = await work();
      await call?.answered(codes);
      return codes;
    }) as Promise<string[]>;
  }
}

import { Injectable } from '@nestjs/common';
import { keyringUnder } from '../../crypto/token-keyring';
import { Database } from '../../database/database';
import { IdempotentCalls } from '../../idempotency/idempotent-calls.service';
import type { SignInOutcome } from '../browser/sign-in-completion.service';
import type { FinishedLogin } from '../mfa/finished-login';
import { invalidMfaToken, MfaChallenges } from '../mfa/mfa-challenges.service';

type Finished = FinishedLogin<SignInOutcome>;

/**
 * The form of a second step is done once: pressed twice, or sent again by a reload, it leads to the same session, and
 * shows the same recovery codes where a first factor was set up on the way. A browser shows the last answer only, and
 * the codes are in no other. What is kept for that is sealed under the token that stands in the form.
 */
@Injectable()
export class SecondStepOnce {
  constructor(
    private readonly database: Database,
    private readonly challenges: MfaChallenges,
    private readonly calls: IdempotentCalls,
  ) {}

  /** Throws what `step` throws, and 401 `invalid_mfa_token` once the session that it led to has ended. */
  async run(mfaToken: string, step: () => Promise<Finished>): Promise<Finished> {
    const begun = await this.challenges.begun(mfaToken);
    if (!begun) return step();
    const keyring = keyringUnder(mfaToken, 'second step');
    const context = `mfa_challenges|${begun.id}`;
    const kept = await this.calls.runFor(begun, async () =>
      keyring.seal(JSON.stringify(await step()), context),
    );
    const finished = JSON.parse(keyring.open(kept, context).toString()) as Finished;
    await this.refuseEnded(begun.workspaceId, finished.opened.sessionId);
    return finished;
  }

  private async refuseEnded(workspaceId: string, sessionId: string | undefined): Promise<void> {
    if (sessionId === undefined) return;
    const live = await this.database.onceInWorkspace(
      workspaceId,
      'select from sessions where id = $1 and ended_at is null',
      [sessionId],
    );
    if (live.length === 0) throw invalidMfaToken();
  }
}

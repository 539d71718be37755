import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { Problem } from '../../http/problems';
import { AccessExplanations } from '../../members/grants/access-explanation.service';
import { IdentitiesService } from '../identities/identities.service';
import { AccountConflict } from '../linking/link-proofs.service';
import { LoginPolicyService } from '../sessions/login-policy.service';
import type { LoginAttempt } from '../sessions/login-grant';
import { SecondFactorNeeded } from '../sessions/second-factor-needed';
import { type FederatedLogin, loginAttemptOf, type SigningConnection } from './federated-login';

/** What would have become of a sign-in. */
export interface Rehearsed {
  readonly email: string;
  readonly role: string;
  readonly roleReason: string;
  /** Absent: the sign-in would have made a new member. */
  readonly memberId?: string;
}

/** A rehearsal leads nowhere afterwards. */
const NOWHERE = { redirectUri: null, appState: null, codeChallenge: null, maxAge: null };

/** Carries the result out of a transaction that must not stand. */
class TakenBack extends Error {
  constructor(readonly result: Rehearsed) {
    super('This transaction was a rehearsal.');
  }
}

/**
 * Goes the whole way of a real sign-in, with the very same code, in a transaction that is taken back: what it says is
 * what would happen, and nothing of it has happened, neither member nor identity, nor an audit event.
 */
@Injectable()
export class SignInRehearsal {
  constructor(
    private readonly database: Database,
    private readonly identities: IdentitiesService,
    private readonly policy: LoginPolicyService,
    private readonly explanations: AccessExplanations,
  ) {}

  /** Throws the refusals that a real sign-in would meet. */
  async rehearse(connection: SigningConnection, login: FederatedLogin): Promise<Rehearsed> {
    try {
      return await this.database.inWorkspace(connection.workspaceId, async () => {
        const resolved = await this.identities.resolve(connection, login, NOWHERE);
        if (resolved instanceof Problem) throw new AccountConflict(resolved.extra.reason ?? resolved.detail);
        await this.admit(loginAttemptOf(connection, login, resolved));
        throw new TakenBack(await this.outcome(resolved));
      });
    } catch (end) {
      if (end instanceof TakenBack) return end.result;
      throw end;
    }
  }

  /** That a real sign-in would go on to ask for a second factor of ours says nothing against the provider. */
  private async admit(attempt: LoginAttempt): Promise<void> {
    try {
      await this.policy.grant(attempt);
    } catch (failure) {
      if (!(failure instanceof SecondFactorNeeded)) throw failure;
    }
  }

  private async outcome({ member, jit }: { member: { id: string }; jit: boolean }): Promise<Rehearsed> {
    const { member: known, explanation } = await this.explanations.explain(member.id);
    const { email, role } = known;
    if (jit) return { email, role, roleReason: `A new member. ${explanation}` };
    return { email, role, roleReason: `A member already. ${explanation}`, memberId: member.id };
  }
}

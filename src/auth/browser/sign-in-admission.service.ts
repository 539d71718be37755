import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { together } from '../../database/together';
import { BadRequest, Problem, Unauthorized } from '../../http/problems';
import { IdentitiesService, type Recognised } from '../identities/identities.service';
import { LoginPolicyService } from '../sessions/login-policy.service';
import type { Policy } from '../../workspaces/workspace-policy.service';
import { comingFrom, lastEnded, type NamedThere } from '../sessions/provider-endings';
import { AttemptRecorder } from './attempt-recorder.service';
import type { FederatedLogin, SigningConnection } from './federated-login';
import { loginAttemptOf } from './federated-login';
import type { NextStep } from './redirect';
import { SignInContinuation } from './sign-in-continuation.service';
import type { SignInRequest } from './sign-in-requests.service';
import type { SignInTrace } from './sign-in-trace';

/** Takes a sign-in back in the transaction in flight, and throws when there is none to take. */
export type Take = () => Promise<SignInRequest>;

/** Ends the transaction of a real sign-in, because it is none. */
class TestArrived extends Error {}

/** Ends the transaction of somebody known, because they are not. */
class NewcomerArrived extends Error {}

/** Who it is here, what the workspace demands, and when the provider last ended what they come from. */
type Known = readonly [Recognised, Policy, endedAt: Date | null];

/** Lets somebody in whom an identity provider vouches for. */
@Injectable()
export class SignInAdmission {
  constructor(
    private readonly database: Database,
    private readonly identities: IdentitiesService,
    private readonly policy: LoginPolicyService,
    private readonly continuation: SignInContinuation,
    private readonly recorder: AttemptRecorder,
  ) {}

  /**
   * Finds or makes the member, asks the workspace's policy, and answers where the browser goes. Throws the refusals
   * of IdentitiesService and LoginPolicyService, which leave nothing behind, and the conflict of an address that is
   * somebody else's, which waits to be resolved.
   */
  async admit(
    connection: SigningConnection,
    request: SignInRequest,
    login: FederatedLogin,
    trace: SignInTrace,
  ): Promise<NextStep> {
    const outcome = await this.database.inWorkspace(connection.workspaceId, async () => {
      return this.letIn(connection, request, login, trace, await this.lookUp(connection, login));
    });
    if (outcome instanceof Problem) throw outcome;
    return outcome;
  }

  /**
   * As admit, and takes the sign-in back in the same transaction. It is used up in any case, also when somebody is
   * refused. Answers the request of a test, for which nothing else was done. Throws what `take` throws.
   */
  async takeAndAdmit(
    connection: SigningConnection,
    take: Take,
    login: FederatedLogin,
    trace: SignInTrace,
  ): Promise<NextStep | SignInRequest> {
    try {
      return await this.takeAndLetIn(connection, take, login, trace, 'known');
    } catch (end) {
      if (!(end instanceof NewcomerArrived)) throw end;
    }
    return this.takeAndLetIn(connection, take, login, trace, 'newcomer');
  }

  /**
   * What is known of the person is held before the sign-in, and newcomers have their turn before both: whoever deletes the
   * connection takes them in this order, and with it the sign-in last. Throws NewcomerArrived, and leaves all as it was,
   * when somebody taken for known is not.
   */
  private async takeAndLetIn(
    connection: SigningConnection,
    take: Take,
    login: FederatedLogin,
    trace: SignInTrace,
    whom: 'known' | 'newcomer',
  ): Promise<NextStep | SignInRequest> {
    let taken = false;
    const admitted = this.database.inWorkspace(connection.workspaceId, async () => {
      if (whom === 'newcomer') await this.identities.takeTurn(login);
      const knowing = this.lookUp(connection, login);
      const taking = take().then((request) => {
        taken = true;
        return request;
      });
      const [request, known] = await together(taking, knowing);
      if (request.attemptId !== null) throw new TestArrived();
      if (whom === 'known' && !known[0].known) throw new NewcomerArrived();
      return this.letIn(connection, request, login, trace, known);
    });
    const outcome = await admitted.catch(async (end: unknown) => {
      if (end instanceof NewcomerArrived) throw end;
      const takenAgain = taken ? this.database.inWorkspace(connection.workspaceId, take) : undefined;
      if (end instanceof TestArrived) return takenAgain!;
      await takenAgain?.catch(ignoreProblem);
      throw end;
    });
    if (outcome instanceof Problem) throw outcome;
    return outcome;
  }

  private async lookUp(connection: SigningConnection, login: FederatedLogin): Promise<Known> {
    const named = namedThere(login);
    const [, ...known] = await together(
      comingFrom(this.database, connection.id, named),
      this.identities.recognise(connection, login),
      this.policy.demands(),
      lastEnded(this.database, connection.id, named),
    );
    return known;
  }

  private async letIn(
    connection: SigningConnection,
    request: SignInRequest,
    login: FederatedLogin,
    trace: SignInTrace,
    [recognised, policy, endedAt]: Known,
  ): Promise<NextStep | Problem> {
    refuseUnlessOpen(connection);
    refuseLongAgo(request, login);
    refuseEnded(login, endedAt);
    const resolved = await this.identities.resolve(connection, login, request, recognised);
    if (resolved instanceof Problem) return resolved;
    const { member, jit } = resolved;
    await this.recorder.passed(connection, request, trace, {
      ...{ memberId: member.id, userId: member.userId, email: member.email, jit, amr: login.amr ?? [] },
    });
    return this.continuation.proceed(loginAttemptOf(connection, login, resolved), request, member, policy);
  }
}

/**
 * Throws 400 `request_unknown` where tests alone are answered: the answer to one may name a real sign-in, begun before
 * the connection was disabled.
 */
function refuseUnlessOpen({ status }: SigningConnection): void {
  if (status !== 'active')
    throw new BadRequest('request_unknown', 'Nobody signs in through this connection any more.');
}

/** Clocks of providers may differ from ours by this much. */
const SKEW_SECONDS = 60;

/**
 * Throws 401 `authentication_too_old` when the sign-in asked for a recent one and the provider does not say that it was.
 * Counted from when the person was sent off: time spent at the provider's pages is not held against them.
 */
function refuseLongAgo({ maxAge, createdAt }: SignInRequest, { authenticatedAt }: FederatedLogin): void {
  if (maxAge === null) return;
  const earliest = createdAt.getTime() - (maxAge + SKEW_SECONDS) * 1000;
  if (authenticatedAt !== undefined && authenticatedAt.getTime() >= earliest) return;
  throw new Unauthorized(
    'authentication_too_old',
    'Your company did not ask again who you are. Sign out there, then try again.',
    `the provider says ${authenticatedAt?.toISOString() ?? 'nothing'}, at most ${maxAge} seconds were asked for`,
  );
}

/**
 * Throws 403 `provider_session_ended` for what the provider said of a session before it ended that session. Both times
 * are the provider's own; of the same moment nobody knows which was first.
 */
function refuseEnded({ issuedAt }: FederatedLogin, endedAt: Date | null): void {
  if (endedAt === null || issuedAt > endedAt) return;
  throw new Problem(
    403,
    'provider_session_ended',
    'You were signed out at your company while you were signing in here. Sign in again.',
    { reason: `it was said at ${issuedAt.toISOString()}, and ended at ${endedAt.toISOString()}` },
  );
}

const namedThere = ({ issuer, subject, email, sessionIndex }: FederatedLogin): NamedThere => ({
  person: { issuer, subject },
  email,
  idpSessionId: sessionIndex,
});

/** Somebody else took the sign-in back meanwhile: it is used up all the same. */
function ignoreProblem(failure: unknown): void {
  if (!(failure instanceof Problem)) throw failure;
}

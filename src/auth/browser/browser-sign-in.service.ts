import { Injectable } from '@nestjs/common';
import { problemOf } from '../../http/problem-of';
import { Problem } from '../../http/problems';
import { ConnectionRollback } from '../../sso-connections/rollback/connection-rollback.service';
import { AttemptRecorder } from './attempt-recorder.service';
import type { FederatedLogin, SigningConnection } from './federated-login';
import type { NextStep } from './redirect';
import { SignInAdmission } from './sign-in-admission.service';
import type { SignInOutcome } from './sign-in-completion.service';
import {
  type BegunSignIn,
  type SignInRequest,
  SignInRequestsService,
  type StartQuery,
} from './sign-in-requests.service';
import type { SignInFailure, SignInTrace } from './sign-in-trace';
import { TestSignIns } from './test-sign-ins.service';

export type {
  FederatedLogin,
  NextStep,
  SigningConnection,
  SignInFailure,
  SignInOutcome,
  SignInRequest,
  SignInTrace,
  StartQuery,
};

/**
 * What signing in through a browser has in common, whichever protocol the identity provider speaks: begin, come back
 * once and in the same browser, become a member, leave with a code or a console session. Opens its own transactions.
 */
@Injectable()
export class BrowserSignIn {
  constructor(
    private readonly requests: SignInRequestsService,
    private readonly admission: SignInAdmission,
    private readonly tests: TestSignIns,
    private readonly recorder: AttemptRecorder,
    private readonly rollback: ConnectionRollback,
  ) {}

  /**
   * Writes a sign-in down before the browser leaves. Throws 400 `redirect_uri_not_allowed`, to be shown: nobody is
   * sent to an address that is not listed.
   */
  begin(
    connection: { id: string; workspaceId: string },
    query: StartQuery,
    given: { id?: string; nonce?: string; codeVerifier?: string } = {},
  ): Promise<BegunSignIn> {
    return this.requests.begin(connection, query, given);
  }

  /**
   * Takes the sign-in back when the browser returns; of many at once, one succeeds. Throws 400 `request_unknown`,
   * `request_expired`, `request_replayed` and 401 `browser_mismatch`.
   */
  consume(
    connection: { id: string; workspaceId: string },
    id: string,
    cookieHeader: string | undefined,
  ): Promise<SignInRequest> {
    return this.requests.consume(connection, id, cookieHeader);
  }

  /**
   * Lets the person in: finds or makes the member, asks the workspace's policy, and answers where the browser goes.
   * A test lets nobody in and ends with its page. Throws the refusals of IdentitiesService and LoginPolicyService,
   * which leave nothing behind but the conflict of an address that is somebody else's, and of TestSignIns.
   */
  finish(
    connection: SigningConnection,
    request: SignInRequest,
    login: FederatedLogin,
    trace: SignInTrace = {},
  ): Promise<NextStep> {
    const { attemptId } = request;
    if (attemptId === null) return this.admission.admit(connection, request, login, trace);
    return this.tests.finish(connection, { ...request, attemptId }, login, trace);
  }

  /**
   * As consume and finish in one, and in one transaction: for a protocol that knows who it is before it takes the
   * sign-in back. `take` does that in the transaction in flight.
   */
  async takeAndFinish(
    connection: SigningConnection,
    take: () => Promise<SignInRequest>,
    login: FederatedLogin,
    trace: SignInTrace = {},
  ): Promise<NextStep> {
    const step = await this.admission.takeAndAdmit(connection, take, login, trace);
    return 'attemptId' in step ? this.finish(connection, step, login, trace) : step;
  }

  /** As consume, in the transaction in flight. */
  take(
    connection: { id: string; workspaceId: string },
    id: string,
    cookieHeader: string | undefined,
  ): Promise<SignInRequest> {
    return this.requests.take(connection, id, cookieHeader);
  }

  /**
   * Runs a step of a sign-in. What refuses it is recorded first and thrown on, so that the answer and the audit trail
   * carry the same code; what is our own fault is only thrown on. `trace` may be filled on the way.
   */
  async audited<T>(
    connection: SigningConnection,
    trace: SignInTrace,
    work: () => T | Promise<T>,
  ): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const problem = problemOf(error);
      if (problem.status >= 500 && !(error instanceof Problem)) throw error;
      const { subject, email } = trace;
      const whom = { ...(subject !== undefined && { subject }), ...(email !== undefined && { email }) };
      const failure = { code: problem.code, reason: problem.extra.reason ?? problem.detail, ...whom };
      const { endedTest, suspicion } = await this.recorder.failed(connection, failure, trace);
      if (suspicion && connection.provenRevision !== connection.revision) {
        await this.rollback.consider(suspicion, trace.judgedBefore);
      }
      throw endedTest === undefined ? error : await this.tests.failed(connection, endedTest, problem);
    }
  }

  /** Records a sign-in that was refused, in a transaction of its own. */
  async refuse(
    connection: SigningConnection,
    failure: SignInFailure,
    trace: SignInTrace = {},
  ): Promise<void> {
    await this.recorder.failed(connection, failure, trace);
  }
}

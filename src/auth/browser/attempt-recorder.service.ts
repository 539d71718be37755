import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { requestContext } from '../../http/request-context';
import type { AttemptRecord } from '../../sso-connections/attempts/attempt-record';
import { FinishedSignIns } from '../../sso-connections/attempts/finished-sign-ins.service';
import type { Suspicion } from '../../sso-connections/rollback/connection-rollback.service';
import type { SigningConnection } from './federated-login';
import { type SignInRequest, SignInRequestsService } from './sign-in-requests.service';
import type { SignInFailure, SignInTrace } from './sign-in-trace';

/** Somebody who was let in. */
export interface LetIn {
  readonly memberId: string;
  readonly userId: string;
  readonly email: string;
  readonly jit: boolean;
  readonly amr: readonly string[];
}

/** What a refusal led to, beside its record. */
export interface Failed {
  /** The test that it ended. */
  readonly endedTest?: string;
  /** Set when it may be the fault of the connection's latest change. */
  readonly suspicion?: Suspicion;
}

/** Writes sign-ins down, for the audit trail and for the administrators of the connection, in one transaction. */
@Injectable()
export class AttemptRecorder {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly requests: SignInRequestsService,
    private readonly finishedSignIns: FinishedSignIns,
  ) {}

  /** In the transaction that lets somebody in. */
  async passed(
    connection: SigningConnection,
    request: SignInRequest,
    trace: SignInTrace,
    { memberId, userId, email, jit, amr }: LetIn,
  ): Promise<void> {
    const record = { ...learnt(trace), status: 'passed' as const, memberId };
    const attemptId = await this.finishedSignIns.enter(connection, request.createdAt, record);
    this.trail.record({
      type: 'sso.login_succeeded',
      target: { type: 'sso_connection', id: connection.id },
      actor: { type: 'user', id: userId, email },
      data: { connectionId: connection.id, method: connection.type, jit, amr, memberId, attemptId },
    });
  }

  /** Records a sign-in that was refused, in a transaction of its own. */
  failed(
    connection: SigningConnection,
    { code, reason, subject, email }: SignInFailure,
    trace: SignInTrace,
  ): Promise<Failed> {
    return this.database.inWorkspace(connection.workspaceId, async () => {
      const { answering } = trace;
      const record = { ...learnt(trace), status: 'failed' as const, code };
      const request = answering && (await this.requests.noteFailure(connection, answering));
      if (request?.attemptId) {
        const ended = await this.finishedSignIns.endTest(connection.id, request.attemptId, record, reason);
        return ended ? { endedTest: request.attemptId } : {};
      }
      // What never came back from the identity provider is in the audit trail only.
      const attemptId =
        answering && (await this.finishedSignIns.enter(connection, request?.createdAt, record));
      this.trail.record({
        type: 'sso.login_failed',
        target: { type: 'sso_connection', id: connection.id },
        actor: { type: 'user', id: null, ...(email ? { email } : {}) },
        data: {
          ...{
            code,
            reason: email ? reason : withoutAddresses(reason),
            connectionId: connection.id,
            connection: connection.name,
            method: connection.type,
          },
          ...(subject ? { subject } : {}),
          ...(email ? { email } : {}),
          ...(attemptId && { attemptId }),
        },
      });
      return request && attemptId ? { suspicion: suspicionOf(connection, attemptId, code) } : {};
    });
  }
}

/**
 * What a provider says of somebody in words ("… is not assigned"). Of nobody known, it would stay in the log in the open when
 * they are erased: whole, it is in the record of the sign-in, which is not for ever.
 */
const withoutAddresses = (text: string): string => text.replace(/[^\s"'<>(),;:]+@[^\s"'<>(),;:]+/g, '…');

/** A real sign-in, begun in the browser that came back, was refused: perhaps by the latest change. */
function suspicionOf(
  { id, workspaceId, revision }: SigningConnection,
  attemptId: string,
  code: string,
): Suspicion {
  const address = requestContext.current()?.ip;
  return { ...{ connectionId: id, workspaceId, revision, attemptId, code }, address };
}

/** What administrators may see of what was learnt. */
const learnt = ({
  subject,
  email,
  checks,
  statement,
  attributes,
}: SignInTrace): Omit<AttemptRecord, 'status'> => ({
  ...{ subject, email, checks, statement, attributes },
});

import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Config } from '../../config/config';
import { uuidV7 } from '../../crypto/uuid-v7';
import { ConnectionRevisions } from '../revisions/connection-revisions.service';
import type { AttemptRecord } from './attempt-record';
import { type AttemptReport, reportOf, type ReportedConnection } from './attempt-report';
import { LoginAttempts } from './login-attempts.service';

/** The connection that a sign-in came through, with the settings it was judged by. */
export interface FinishedSignInConnection {
  readonly id: string;
  readonly revision: number;
  readonly provenRevision: number | null;
}

/** Records sign-ins that are over, in the transaction in flight: real ones and tests. */
@Injectable()
export class FinishedSignIns {
  constructor(
    private readonly config: Config,
    private readonly trail: AuditTrail,
    private readonly attempts: LoginAttempts,
    private readonly revisions: ConnectionRevisions,
  ) {}

  /** Enters a real sign-in; answers its id. The first that passes shows that the settings are good. */
  async enter(
    connection: FinishedSignInConnection,
    startedAt: Date | undefined,
    record: AttemptRecord,
    witness?: Buffer,
  ): Promise<string> {
    const id = uuidV7();
    const { id: connectionId, revision } = connection;
    this.attempts.record({ id, connectionId, revision, startedAt, record, witness });
    if (record.status === 'passed' && connection.provenRevision !== revision) {
      await this.revisions.markProven(connectionId, revision);
    }
    return id;
  }

  /**
   * Ends a test and says so in the audit trail. One that passed counts for the revision it was started for. Answers
   * false when it had ended before: then it counts for nothing.
   */
  async endTest(
    connectionId: string,
    attemptId: string,
    record: AttemptRecord,
    reason?: string,
  ): Promise<boolean> {
    const ended = await this.attempts.finishTest(attemptId, record);
    const passed = record.status === 'passed';
    if (ended && passed) {
      await this.revisions.markTested(connectionId, ended.revision, ended.startedBy, attemptId);
    }
    if (!ended && passed) return false;
    this.trail.record({
      type: passed ? 'sso_connection.test_passed' : 'sso_connection.test_failed',
      target: { type: 'sso_connection', id: connectionId },
      ...(ended && { actor: ended.startedBy }),
      data: {
        attemptId,
        ...(ended && { revision: ended.revision }),
        ...(!passed && { code: record.code, reason }),
      },
    });
    return ended !== undefined;
  }

  /** Which revision a test was started for. Throws NotFound. */
  async revisionOf(connectionId: string, attemptId: string): Promise<number> {
    return (await this.attempts.get(connectionId, attemptId)).revision;
  }

  /** A test as its page shows it. Throws NotFound. */
  async report(connection: ReportedConnection, attemptId: string): Promise<AttemptReport> {
    const attempt = await this.attempts.get(connection.id, attemptId);
    return reportOf(attempt, connection, this.config.publicUrl);
  }
}

import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Config } from '../../config/config';
import { NotFound } from '../../http/problems';
import { isUuid } from '../../http/uuid-param';
import { refuseIncomplete } from '../completeness';
import { ConnectionReader } from '../connection-reader.service';
import { loginUrl } from '../connection-urls';
import { ConnectionRevisions } from '../revisions/connection-revisions.service';
import type { SsoConnection } from '../sso-connection.entity';
import type { LoginAttempt } from './login-attempt.entity';
import { LoginAttempts } from './login-attempts.service';
import type { AttemptQuery } from './login-attempts.dto';

/** For administrators of a connection: starts tests, and shows the results of tests and sign-ins. */
@Injectable()
export class ConnectionTests {
  constructor(
    private readonly config: Config,
    private readonly reader: ConnectionReader,
    private readonly revisions: ConnectionRevisions,
    private readonly attempts: LoginAttempts,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Begins a test of the settings in force, whatever the status of the connection. Throws NotFound, and 409
   * `connection_incomplete` when nothing is known of the identity provider yet.
   */
  async start(id: string): Promise<{ attemptId: string; url: string }> {
    const found = await this.reader.getForChange(id);
    refuseIncomplete(found);
    const { connection } = found;
    const { revision } = connection;
    await this.revisions.before(id, revision);
    const { id: attemptId, ticket } = await this.attempts.startTest(id, revision);
    this.trail.record({
      type: 'sso_connection.test_started',
      target: { type: 'sso_connection', id },
      data: { attemptId, revision },
    });
    return { attemptId, url: `${loginUrl(this.config.publicUrl, connection)}?test=${ticket}` };
  }

  /** One attempt more than the page holds, newest first. Throws NotFound. */
  async list(id: string, query: AttemptQuery): Promise<LoginAttempt[]> {
    await this.reader.refuseUnknown(id);
    return this.attempts.list(id, query);
  }

  /** Throws NotFound, first for the connection. */
  async get(id: string, attemptId: string): Promise<{ attempt: LoginAttempt; connection: SsoConnection }> {
    const { connection } = await this.reader.get(id);
    if (!isUuid(attemptId)) throw new NotFound('Login attempt');
    return { attempt: await this.attempts.get(id, attemptId.toLowerCase()), connection };
  }
}

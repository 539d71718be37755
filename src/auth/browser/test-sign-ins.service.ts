import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { Database } from '../../database/database';
import { BadRequest, Conflict, type Problem } from '../../http/problems';
import { FinishedSignIns } from '../../sso-connections/attempts/finished-sign-ins.service';
import { releaseBrowser } from './browser-binding';
import type { FederatedLogin, SigningConnection } from './federated-login';
import type { ShownPage } from './redirect';
import { SignInRehearsal } from './sign-in-rehearsal.service';
import type { SignInRequest } from './sign-in-requests.service';
import type { SignInTrace } from './sign-in-trace';
import { TestFailed } from './test-failed';
import { testPage } from './test-page';

type TestRequest = SignInRequest & { readonly attemptId: string };

/** The end of a test sign-in: nobody is let in, and whoever started it reads what would have become of it. */
@Injectable()
export class TestSignIns {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly finishedSignIns: FinishedSignIns,
    private readonly rehearsal: SignInRehearsal,
  ) {}

  /**
   * Ends a test whose answer passed every check, with the page that shows it. The settings that judged it must be
   * those that it was started for, or it would prove nothing of them: throws 409 `test_outdated`. Throws what a real
   * sign-in would throw, and 400 `test_link_used` when the test had ended before.
   */
  async finish(
    connection: SigningConnection,
    request: TestRequest,
    login: FederatedLogin,
    trace: SignInTrace,
  ): Promise<ShownPage> {
    const { attemptId } = request;
    await this.refuseOutdated(connection, attemptId);
    const { email, ...rehearsed } = await this.rehearsal.rehearse(connection, login);
    const { checks, statement, attributes } = trace;
    const found = { subject: login.subject, email, checks, statement, attributes, ...rehearsed };
    const page = await this.database.inWorkspace(connection.workspaceId, async () => {
      if (!(await this.finishedSignIns.endTest(connection.id, attemptId, { status: 'passed', ...found })))
        throw over();
      return testPage(await this.finishedSignIns.report(connection, attemptId), connection);
    });
    return { page, setCookies: [releaseBrowser(request.id, this.config.secureOrigin)] };
  }

  /** The refusal of a test, with its page. */
  async failed(connection: SigningConnection, attemptId: string, problem: Problem): Promise<TestFailed> {
    const report = await this.database.inWorkspace(connection.workspaceId, () =>
      this.finishedSignIns.report(connection, attemptId),
    );
    return new TestFailed(problem, testPage(report, connection, problem.status));
  }

  private async refuseOutdated(connection: SigningConnection, attemptId: string): Promise<void> {
    const { id, workspaceId, revision } = connection;
    const startedFor = await this.database.inWorkspace(workspaceId, () =>
      this.finishedSignIns.revisionOf(id, attemptId),
    );
    if (startedFor === revision) return;
    throw new Conflict('test_outdated', 'The connection was changed during the test. Start another test.');
  }
}

const over = (): BadRequest =>
  new BadRequest('test_link_used', 'This test was over already. Start another test.');

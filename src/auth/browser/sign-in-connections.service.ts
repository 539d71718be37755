import { Injectable } from '@nestjs/common';
import { NotFound } from '../../http/problems';
import { ConnectionLookUp } from '../../sso-connections/connection-look-up.service';
import type { SignInConnection } from '../../sso-connections/sign-in-connection';
import { type Answering, SignInRequestsService } from './sign-in-requests.service';

/**
 * The connections that browsers may use: active ones, and any other for a test. To everybody else one that is not
 * active looks like one that does not exist.
 */
@Injectable()
export class SignInConnections {
  constructor(
    private readonly connections: ConnectionLookUp,
    private readonly requests: SignInRequestsService,
  ) {}

  /** What an administrator needs before the connection can be active. Throws NotFound. */
  forSetUp(connectionId: string): Promise<SignInConnection> {
    return this.connections.findForSetUp(connectionId);
  }

  /** For a sign-in that begins; the ticket of a test is taken by `BrowserSignIn.begin`. Throws NotFound. */
  forStart(connectionId: string, { test }: { test?: string } = {}): Promise<SignInConnection> {
    return test === undefined
      ? this.connections.findForSignIn(connectionId)
      : this.connections.findForTest(connectionId);
  }

  /** For an answer. A connection that is not active has ears for the tests of this browser only. Throws NotFound. */
  async forAnswer(connectionId: string, answering: Answering): Promise<SignInConnection> {
    const connection = await this.connections.findForTest(connectionId);
    if (connection.status === 'active' || (await this.requests.isTest(connection, answering))) {
      return connection;
    }
    throw new NotFound('Connection');
  }

  /** The same once more, as it is by now: whether it has ears for the answer was asked before. Throws NotFound. */
  admitted(connectionId: string): Promise<SignInConnection> {
    return this.connections.findForTest(connectionId);
  }
}

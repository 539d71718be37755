import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { problemOf } from '../../http/problem-of';
import { Problem } from '../../http/problems';
import type { Check } from '../../sso-connections/diagnosis/check';
import { IdentitiesService } from '../identities/identities.service';
import type { FederatedLogin, SigningConnection } from './federated-login';
import { SignInCompletion, type SignInOutcome } from './sign-in-completion.service';
import {
  type BegunSignIn,
  type SignInRequest,
  SignInRequestsService,
  type StartQuery,
} from './sign-in-requests.service';

export type { FederatedLogin, SigningConnection, SignInOutcome, SignInRequest, StartQuery };

/** What is learnt on the way of a sign-in, filled as far as it gets; kept whether it succeeds or not. */
export interface Spoken {
  /** Who the identity provider spoke of. */
  subject?: string;
  email?: string;
  /** Every check that was made, in order, those that hold too. */
  checks?: readonly Check[];
  /** The assertion or ID token as it was read, without anything secret: no token, no signature value, no key. */
  statement?: Readonly<Record<string, unknown>>;
  /** Attributes or claims about the person, by their exact names. */
  attributes?: Readonly<Record<string, readonly string[]>>;
}

/** Why somebody was not let in; `reason` is for the audit log only. */
export interface SignInFailure extends Readonly<Pick<Spoken, 'subject' | 'email'>> {
  readonly code: string;
  readonly reason: string;
}

/**
 * What signing in through a browser has in common, whichever protocol the identity provider speaks: begin, come back
 * once and in the same browser, become a member, leave with a code or a console session. Opens its own transactions.
 */
@Injectable()
export class BrowserSignIn {
  constructor(
    private readonly requests: SignInRequestsService,
    private readonly identities: IdentitiesService,
    private readonly completion: SignInCompletion,
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Writes a sign-in down before the browser leaves. Throws 400 `redirect_uri_not_allowed`, to be shown: nobody is
   * sent to an address that is not listed.
   */
  begin(
    connection: { id: string; workspaceId: string },
    query: StartQuery,
    extra: { nonce?: string; codeVerifier?: string } = {},
  ): Promise<BegunSignIn> {
    return this.requests.begin(connection, query, extra);
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
   * Throws the refusals of IdentitiesService and LoginPolicyService, which leave nothing behind.
   */
  finish(
    connection: SigningConnection,
    request: SignInRequest,
    login: FederatedLogin,
  ): Promise<SignInOutcome> {
    return this.database.inWorkspace(connection.workspaceId, async () => {
      const { identityId, member, jit } = await this.identities.resolve(connection, login);
      const amr = login.amr ?? [];
      this.trail.record({
        type: 'sso.login_succeeded',
        target: { type: 'sso_connection', id: connection.id },
        actor: { type: 'user', id: member.userId, email: member.email },
        data: { connectionId: connection.id, method: connection.type, jit, amr, memberId: member.id },
      });
      const attempt = {
        memberId: member.id,
        method: connection.type,
        connectionId: connection.id,
        identityId,
        amr,
        acr: login.acr,
        idpSessionId: login.sessionIndex,
        logoutHint: login.logoutHint,
        authenticatedAt: login.authenticatedAt ?? new Date(),
        notAfter: login.notAfter,
      };
      return this.completion.complete(attempt, request);
    });
  }

  /**
   * Runs a step of a sign-in. What refuses it is recorded first and thrown on, so that the answer and the audit trail
   * carry the same code; what is our own fault is only thrown on. `spoken` may be filled on the way.
   */
  async audited<T>(connection: SigningConnection, spoken: Spoken, work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const { status, code, detail, extra } = problemOf(error);
      if (status < 500 || error instanceof Problem) {
        const { subject, email } = spoken;
        const whom = { ...(subject !== undefined && { subject }), ...(email !== undefined && { email }) };
        await this.refuse(connection, { code, reason: extra.reason ?? detail, ...whom });
      }
      throw error;
    }
  }

  /** Records a sign-in that was refused, in a transaction of its own. */
  refuse(connection: SigningConnection, failure: SignInFailure): Promise<void> {
    const { code, reason, subject, email } = failure;
    return this.database.inWorkspace(connection.workspaceId, async () => {
      this.trail.record({
        type: 'sso.login_failed',
        target: { type: 'sso_connection', id: connection.id },
        actor: { type: 'user', id: null, ...(email ? { email } : {}) },
        data: {
          code,
          reason,
          connectionId: connection.id,
          connection: connection.name,
          method: connection.type,
          ...(subject ? { subject } : {}),
          ...(email ? { email } : {}),
        },
      });
    });
  }
}

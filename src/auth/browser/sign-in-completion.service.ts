import { Injectable } from '@nestjs/common';
import { sessionCookieName } from '../../access/authenticator';
import { AuditTrail } from '../../audit/audit-trail';
import { Config } from '../../config/config';
import type { LoginAttempt, LoginGrant } from '../sessions/login-grant';
import { type Held, LoginPolicyService } from '../sessions/login-policy.service';
import type { Policy } from '../../workspaces/workspace-policy.service';
import { SessionsService } from '../sessions/sessions.service';
import type { BrowserReturn } from '../mfa/mfa-challenges.service';
import { applicationOf, type ApplicationReturn, refuseUnknownRedirect } from './application-return';
import { releaseBrowser } from './browser-binding';
import { setCookie } from './cookies';
import { withParameters } from './return-address';
import { READING_SECONDS, SignInCodesService } from './sign-in-codes.service';
import type { SignInRequest } from './sign-in-requests.service';

/** Where the browser goes next, and what it keeps. */
export interface SignInOutcome {
  readonly location: string;
  readonly setCookies: readonly string[];
  /** The session of the console that was opened; an application opens its own by the code. */
  readonly sessionId?: string | undefined;
}

/** Where a sign-in was for. */
interface Leaving {
  readonly back?: BrowserReturn | undefined;
  readonly destination?: string | undefined;
  /** A page stands in between that people take their time for. */
  readonly readsFirst?: boolean | undefined;
}

/** The last step of a browser sign-in: a code for the application that asked, or a session of the console. */
@Injectable()
export class SignInCompletion {
  constructor(
    private readonly config: Config,
    private readonly policy: LoginPolicyService,
    private readonly sessions: SessionsService,
    private readonly codes: SignInCodesService,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * In the transaction of the workspace, with the member as it holds them and the policy as it has read it. Throws what
   * LoginPolicyService throws.
   */
  async complete(
    attempt: LoginAttempt,
    request: SignInRequest,
    member: Held,
    policy: Policy,
  ): Promise<SignInOutcome> {
    const grant = await this.policy.grantVouched(attempt, member, policy);
    const { location, setCookies } = await this.go(grant, {
      back: request,
      destination: request.destination,
    });
    return { location, setCookies: [releaseBrowser(request.id, this.config.secureOrigin), ...setCookies] };
  }

  /**
   * After a step on a page of ours: back to the application that the sign-in was for, or into the console, in the
   * transaction of the workspace. Throws 400 `redirect_uri_not_allowed`.
   */
  leave(grant: LoginGrant, where: Leaving): Promise<SignInOutcome> {
    const application = applicationFor(where);
    if (application) {
      this.trail.record({
        type: 'auth.code_issued',
        target: { type: 'member', id: grant.memberId },
        actor: { type: 'user', id: grant.userId, email: grant.email },
        data: { method: grant.method, redirectUri: application.redirectUri },
      });
    }
    return this.go(grant, where);
  }

  private async go(grant: LoginGrant, where: Leaving): Promise<SignInOutcome> {
    const application = applicationFor(where);
    if (application) {
      const { redirectUri, appState: state, codeChallenge } = application;
      refuseUnknownRedirect(redirectUri, this.config);
      const code = this.codes.issue(grant, codeChallenge, where.readsFirst ? READING_SECONDS : undefined);
      return { location: withParameters(redirectUri, { code, state }), setCookies: [] };
    }
    const { sessionId, cookie } = await this.openConsole(grant);
    return {
      location: `${this.config.publicUrl}${where.destination ?? '/console'}`,
      setCookies: [cookie],
      sessionId,
    };
  }

  /** Opens a session that the browser holds as a cookie. */
  private async openConsole(grant: LoginGrant): Promise<{ sessionId: string; cookie: string }> {
    const { id, cookie, expiresAt } = await this.sessions.open(grant, { browser: true });
    this.trail.record({
      type: 'auth.login_succeeded',
      target: { type: 'session', id },
      actor: { type: 'user', id: grant.userId, email: grant.email },
      data: { method: grant.method, ...(grant.connectionId ? { connectionId: grant.connectionId } : {}) },
    });
    const secure = this.config.secureOrigin;
    const header = setCookie(sessionCookieName(secure), cookie!, {
      secure,
      sameSite: 'Lax',
      // Never longer than the session, which begins a moment later.
      maxAgeSeconds: (expiresAt.getTime() - Date.now() - 1) / 1000,
    });
    return { sessionId: id, cookie: header };
  }
}

/** What the application said when it sent somebody to a provider counts before where a page of ours was to lead. */
function applicationFor({ back, destination }: Leaving): ApplicationReturn | undefined {
  if (back && back.redirectUri !== null) return { ...back, redirectUri: back.redirectUri };
  return applicationOf(destination);
}

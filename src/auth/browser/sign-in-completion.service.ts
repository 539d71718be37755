import { Injectable } from '@nestjs/common';
import { sessionCookieName } from '../../access/authenticator';
import { AuditTrail } from '../../audit/audit-trail';
import { Config } from '../../config/config';
import type { LoginAttempt, LoginGrant } from '../sessions/login-grant';
import { type Held, LoginPolicyService, type Policy } from '../sessions/login-policy.service';
import { SessionsService } from '../sessions/sessions.service';
import type { BrowserReturn } from '../mfa/mfa-challenges.service';
import { releaseBrowser } from './browser-binding';
import { setCookie } from './cookies';
import { withParameters } from './return-address';
import { SignInCodesService } from './sign-in-codes.service';
import type { SignInRequest } from './sign-in-requests.service';

/** Where the browser goes next, and what it keeps. */
export interface SignInOutcome {
  readonly location: string;
  readonly setCookies: readonly string[];
  /** The session of the console that was opened; an application opens its own by the code. */
  readonly sessionId?: string | undefined;
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
    const { location, setCookies } = await this.leave(grant, request, request.destination);
    return { location, setCookies: [releaseBrowser(request.id, this.config.secureOrigin), ...setCookies] };
  }

  /** Back to the application that the sign-in was for, or into the console, in the transaction of the workspace. */
  async leave(
    grant: LoginGrant,
    back: BrowserReturn | undefined,
    destination = '/console',
  ): Promise<SignInOutcome> {
    if (back && back.redirectUri !== null) {
      const code = this.codes.issue(grant, back.codeChallenge);
      return { location: withParameters(back.redirectUri, { code, state: back.appState }), setCookies: [] };
    }
    const { sessionId, cookie } = await this.openSession(grant);
    return { location: `${this.config.publicUrl}${destination}`, setCookies: [cookie], sessionId };
  }

  /** Opens a session that the browser holds as a cookie; answers the Set-Cookie header. */
  async openConsole(grant: LoginGrant): Promise<string> {
    return (await this.openSession(grant)).cookie;
  }

  private async openSession(grant: LoginGrant): Promise<{ sessionId: string; cookie: string }> {
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

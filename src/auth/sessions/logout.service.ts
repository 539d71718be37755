import { Injectable } from '@nestjs/common';
import { sessionCookieName } from '../../access/authenticator';
import type { UserPrincipal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { Config } from '../../config/config';
import { setCookie } from '../browser/cookies';
import { SessionsService } from './sessions.service';

/** Leaving, by the API or by the button of a page. */
@Injectable()
export class LogoutService {
  constructor(
    private readonly sessions: SessionsService,
    private readonly trail: AuditTrail,
    private readonly config: Config,
  ) {}

  /** Ends the caller's session, in the transaction in flight. Answers the Set-Cookie header that forgets it. */
  async logOut(caller: UserPrincipal): Promise<string> {
    await this.sessions.end(caller.sessionId, 'logged_out', caller.memberId);
    this.trail.record({ type: 'auth.logged_out', target: { type: 'session', id: caller.sessionId } });
    const secure = this.config.secureOrigin;
    return setCookie(sessionCookieName(secure), '', { secure, sameSite: 'Lax', maxAgeSeconds: 0 });
  }
}

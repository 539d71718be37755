import { Injectable } from '@nestjs/common';
import { sessionCookieName } from '../../access/authenticator';
import type { UserPrincipal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { Config } from '../../config/config';
import { Database } from '../../database/database';
import { BadRequest } from '../../http/problems';
import { setCookie } from '../browser/cookies';
import { SessionsService } from '../sessions/sessions.service';
import { ProviderLogouts } from './provider-logout';

export interface Departure {
  /** The session's cookie is forgotten; one that binds a logout at the identity provider may come with it. */
  readonly setCookies: readonly string[];
  /** Where to go on to end the session at the identity provider too, if that was asked for and can be done. */
  readonly location: string | undefined;
}

/** Leaving, by the API or by the button of a page. */
@Injectable()
export class LogoutService {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionsService,
    private readonly providers: ProviderLogouts,
    private readonly trail: AuditTrail,
    private readonly config: Config,
  ) {}

  /**
   * Ends the caller's session, outside a transaction; with `idp`, begins the logout at its identity provider. Throws
   * 400 `redirect_uri_not_allowed` before anything ends, 404 when the session has ended meanwhile.
   */
  async logOut(
    caller: UserPrincipal,
    {
      idp = false,
      redirectUri,
      browser,
    }: { idp?: boolean; redirectUri?: string | undefined; browser: boolean },
  ): Promise<Departure> {
    this.refuseUnknownRedirect(redirectUri);
    const ended = await this.database.inWorkspace(caller.workspaceId, async () => {
      const session = await this.sessions.close(caller.sessionId, 'logged_out', caller.memberId);
      this.trail.record({
        type: 'auth.logged_out',
        target: { type: 'session', id: caller.sessionId },
        ...(idp && { data: { idp } }),
      });
      return session;
    });
    const start = idp
      ? await this.providers.begin(ended, { redirectUri: redirectUri ?? null, browser })
      : undefined;
    return { setCookies: [this.forget(), ...(start?.setCookies ?? [])], location: start?.location };
  }

  private forget(): string {
    const secure = this.config.secureOrigin;
    return setCookie(sessionCookieName(secure), '', { secure, sameSite: 'Lax', maxAgeSeconds: 0 });
  }

  /** Exactly one of the listed ones: no prefixes, no patterns. */
  private refuseUnknownRedirect(redirectUri: string | undefined): void {
    if (redirectUri === undefined || this.config.appRedirectUris.includes(redirectUri)) return;
    throw new BadRequest(
      'redirect_uri_not_allowed',
      'The application asked to return to an unknown address.',
    );
  }
}

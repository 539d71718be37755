import { Injectable } from '@nestjs/common';
import { sessionCookieName } from '../../access/authenticator';
import type { UserPrincipal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { Config } from '../../config/config';
import { issueCredential } from '../../crypto/credential';
import { Database } from '../../database/database';
import { type Problem, Unauthorized } from '../../http/problems';
import { requestContext } from '../../http/request-context';
import { setCookie } from '../browser/cookies';
import { type ProvenFactor, withSecondFactor } from '../factors/factor-answer';
import { amrWith, TIME_GIVEN_BACK } from '../sessions/shown-in-session';
import { AccessTokenService } from '../tokens/access-token.service';
import type { ReauthenticatedDto } from './reauthentication.dto';

interface RaisedRow {
  authenticated_at: Date;
  amr: string[];
  seconds_left: number;
  token_seconds: number;
}

/** Only from the second on that the session is known to be alive; a raised session gets new credentials. */
const raising = (more = ''): string => `
  update sessions s
     set authenticated_at = now(), amr = ${amrWith('$2::text[]')}, cookie_hash = coalesce($3, s.cookie_hash),
         mfa_evidence = coalesce($4, s.mfa_evidence),
         without_factor_at = case when $4::text is not null then coalesce(s.without_factor_at, s.authenticated_at) end,
         access_token_seconds = p.access_token_seconds${more}
    from workspace_policies p
   where s.id = $1 and p.workspace_id = s.workspace_id and s.ended_at is null and s.expires_at > now()
  returning s.authenticated_at, s.amr, floor(extract(epoch from s.expires_at - now()))::int as seconds_left,
            p.access_token_seconds as token_seconds`;
const BY_PASSWORD = raising();
const BY_FACTOR = raising(`, ${TIME_GIVEN_BACK}`);

/** Sessions whose person has just proved again who they are. In the transaction of the workspace. */
@Injectable()
export class RaisedSessions {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly accessTokens: AccessTokenService,
    private readonly trail: AuditTrail,
  ) {}

  /** Throws 401 `invalid_token` when the session has ended meanwhile. */
  async raise(
    caller: UserPrincipal,
    proven: ProvenFactor | 'password',
    asCookie: boolean,
  ): Promise<ReauthenticatedDto> {
    const { sessionId, workspaceId, id: userId, memberId } = caller;
    const shown = proven === 'password' ? [] : withSecondFactor([], proven.amr);
    const evidence = proven === 'password' ? null : 'own';
    const cookie = asCookie ? issueCredential('ghb', workspaceId, sessionId) : undefined;
    const statement = proven === 'password' ? BY_PASSWORD : BY_FACTOR;
    const [raised] = await this.database.query<RaisedRow>(statement, [
      sessionId,
      shown,
      cookie?.hash ?? null,
      evidence,
    ]);
    if (!raised) throw new Unauthorized('invalid_token', 'This session has ended. Sign in again.');
    this.trail.record({
      type: 'auth.reauthenticated',
      target: { type: 'session', id: sessionId },
      data: { memberId, by: proven === 'password' ? 'password' : proven.type },
    });
    const { authenticated_at: authenticatedAt, amr } = raised;
    const answer = { authenticatedAt: authenticatedAt.toISOString() };
    if (cookie) {
      this.database.afterCommit(async () => this.sendCookie(cookie.text, raised.seconds_left));
      return answer;
    }
    const expiresIn = Math.max(1, Math.min(raised.token_seconds, raised.seconds_left));
    const accessToken = this.accessTokens.issue(
      { workspaceId, sessionId, userId, authenticatedAt, amr },
      expiresIn,
    );
    return { ...answer, tokenType: 'Bearer', accessToken, expiresIn };
  }

  /** Notes that somebody did not prove who they are. */
  recordRefusal({ sessionId, memberId }: UserPrincipal, by: string, { code, extra }: Problem): void {
    this.trail.record({
      type: 'auth.reauthentication_failed',
      target: { type: 'session', id: sessionId },
      data: { memberId, by, code, reason: extra.reason ?? code },
    });
  }

  private sendCookie(text: string, maxAgeSeconds: number): void {
    const secure = this.config.secureOrigin;
    const name = sessionCookieName(secure);
    requestContext
      .current()
      ?.setCookies?.push(setCookie(name, text, { secure, sameSite: 'Lax', maxAgeSeconds }));
  }
}

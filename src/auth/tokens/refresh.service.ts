import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { type PresentedCredential, readCredential } from '../../crypto/credential';
import { Database } from '../../database/database';
import { prepared } from '../../database/statement';
import { Problem, Unauthorized } from '../../http/problems';
import type { MfaEvidence } from '../sessions/login-grant';
import { LoginPolicyService } from '../sessions/login-policy.service';
import { SHARE_TURN } from '../sessions/session-turn';
import type { SignInMethod } from '../sessions/login-grant';
import { invalidToken, RefreshAnswers } from './refresh-answers.service';
import { TokenIssuer } from './token-issuer.service';
import type { TokenResponseDto } from './token-response.dto';

interface RotatedRow {
  id: string;
  member_id: string;
  method: SignInMethod;
  connection_id: string | null;
  identity_id: string | null;
  amr: string[];
  mfa_evidence: MfaEvidence | null;
  authenticated_at: Date;
  seconds_left: number;
}

/** Of many exchanges of one token at once, this statement lets one through: the others find it used. */
const ROTATE = prepared(
  'rotate_refresh_token',
  `
  update refresh_tokens r set used_at = now() from sessions s
   where r.id = $1 and r.secret_hash = $2 and r.used_at is null
     and s.id = r.session_id and s.ended_at is null and s.expires_at > now()
     and s.last_used_at + make_interval(secs => s.idle_seconds) > now()
  returning s.id, s.member_id, s.method, s.connection_id, s.identity_id, s.amr, s.mfa_evidence, s.authenticated_at,
            floor(extract(epoch from s.expires_at - now()))::int as seconds_left`,
);

/** Its tokens live as long as the policy of this moment lets them: those issued before end when they said. */
const USED = prepared(
  'session_refreshed',
  `update sessions s set last_used_at = now(), access_token_seconds = p.access_token_seconds
     from workspace_policies p where s.id = $1 and p.workspace_id = s.workspace_id`,
);

/**
 * Keeps a session going: each refresh token is good for one exchange. One that comes twice was copied, by whomever,
 * so the session ends for both (RFC 9700 section 4.14.2). One exception, for answers that got lost on the way: for
 * half a minute, while nobody has used what it was exchanged for, the same token gets the same answer again. Whoever
 * holds a copy gains nothing by that: owner and thief then hold the same next token, and the second to use it is found.
 */
@Injectable()
export class RefreshService {
  constructor(
    private readonly database: Database,
    private readonly policy: LoginPolicyService,
    private readonly tokens: TokenIssuer,
    private readonly answers: RefreshAnswers,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Throws 401 `refresh_reused` for a token that was exchanged before and is not answered again, 401 `invalid_token` for any other that does not work,
   * and what LoginPolicyService throws: the policy is the one of this moment.
   */
  async refresh(refreshToken: string): Promise<TokenResponseDto> {
    const presented = readCredential('ghr', refreshToken);
    if (!presented) throw invalidToken();
    const answer = await this.database.inWorkspace(presented.workspaceId, () =>
      this.rotate(presented, refreshToken),
    );
    // Answered, not thrown, inside the transaction: the end of the session must be committed.
    if (answer instanceof Problem) throw answer;
    return answer;
  }

  private async rotate(presented: PresentedCredential, text: string): Promise<TokenResponseDto | Problem> {
    const [session] = await this.database.query<RotatedRow>(ROTATE, [presented.id, presented.hash]);
    if (!session) return (await this.answers.again(presented, text)) ?? this.refuse(presented);
    const grant = await this.policy.grant({
      memberId: session.member_id,
      method: session.method,
      connectionId: session.connection_id ?? undefined,
      identityId: session.identity_id ?? undefined,
      amr: session.amr,
      evidence: session.mfa_evidence ?? undefined,
      enrolmentPutOff: true,
      goesOn: true,
      authenticatedAt: session.authenticated_at,
    });
    // After the member is held: whoever removes members goes on to their sessions, in that order. Had somebody else the
    // turn alone while the next statement waits for the row, that would go on to write the policy of before.
    this.database.defer(SHARE_TURN);
    this.database.defer(USED, [session.id]);
    const accessTokenSeconds = Math.min(grant.accessTokenSeconds, Math.max(1, session.seconds_left));
    const answer = await this.tokens.issue({ ...grant, id: session.id, accessTokenSeconds }, grant.workspace);
    this.answers.keep(presented, text, answer);
    return answer;
  }

  private async refuse({ id, hash }: PresentedCredential): Promise<Problem> {
    const [token] = await this.database.query<{ session_id: string; used: boolean }>(
      'select session_id, used_at is not null as used from refresh_tokens where id = $1 and secret_hash = $2',
      [id, hash],
    );
    if (!token?.used) return invalidToken();
    await this.endSession(token.session_id);
    return new Unauthorized(
      'refresh_reused',
      'This refresh token was exchanged before. Its session has ended; sign in again.',
    );
  }

  private async endSession(sessionId: string): Promise<void> {
    const [ended] = await this.database.query<{ member_id: string }>(
      `update sessions set ended_at = now(), end_reason = 'refresh_reused' where id = $1 and ended_at is null
       returning member_id`,
      [sessionId],
    );
    if (!ended) return;
    this.trail.record({
      type: 'auth.refresh_reused',
      target: { type: 'session', id: sessionId },
      data: { memberId: ended.member_id },
    });
  }
}

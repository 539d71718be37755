import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { issueCredential, readCredential } from '../../crypto/credential';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { prepared } from '../../database/statement';
import { BadRequest, type Problem } from '../../http/problems';
import { requestContext } from '../../http/request-context';
import { DeviceWatch } from '../devices/device-watch.service';
import type { LoginAttempt, LoginGrant, LogoutHint, MfaEvidence } from '../sessions/login-grant';
import { type Held, memberRemoved } from '../sessions/login-policy.service';
import type { SignInMethod } from '../sessions/login-grant';
import { s256 } from './sign-in-requests.service';

/** A code that was taken, for good. */
export interface RedeemedCode {
  readonly attempt: LoginAttempt;
  /** Whom it was issued to, held until the transaction ends; undefined if they have been removed. */
  readonly member: Held | undefined;
}

interface CodeRow {
  member_id: string;
  user_id: string | null;
  email: string;
  method: SignInMethod;
  connection_id: string | null;
  identity_id: string | null;
  amr: string[];
  acr: string | null;
  idp_session_id: string | null;
  logout_hint: LogoutHint | null;
  authenticated_at: Date;
  not_after: Date | null;
  mfa_evidence: MfaEvidence | null;
  ip: string | null;
  user_agent: string | null;
}

interface RefusedCodeRow {
  consumed: boolean;
  expired: boolean;
  removed: boolean;
  session_id: string | null;
  code_challenge: string | null;
  member_id: string;
  method: SignInMethod;
}

const LIFETIME_SECONDS = 60;

/** Of a code behind a page that people read first; at most this long (RFC 6749 section 4.1.2). */
export const READING_SECONDS = 600;

const ISSUE = prepared(
  'issue_sign_in_code',
  `insert into sign_in_codes (id, secret_hash, member_id, method, connection_id, identity_id, amr, acr,
                              idp_session_id, logout_hint, authenticated_at, not_after, code_challenge, mfa_evidence,
                              expires_at, ip, user_agent)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, now() + make_interval(secs => $15), $16, $17)`,
);

/**
 * The code, and the member as LoginPolicyService wants them: held. The member first and then the code, as whoever takes a
 * member out does: in the other order each would wait for the other. The session is written down at once: a second update
 * of the row would have all that it refers to looked up again.
 */
const REDEEM = prepared(
  'redeem_sign_in_code',
  `with held as materialized (
     select user_id, email from members
      where id = (select member_id from sign_in_codes
                   where id = $1 and secret_hash = $2 and consumed_at is null and expires_at > now()
                     and code_challenge is not distinct from $3)
        and removed_at is null for share
   ), taken as (
     update sign_in_codes set consumed_at = now(), session_id = $4
      where id = $1 and secret_hash = $2 and consumed_at is null and expires_at > now()
        and code_challenge is not distinct from $3 and (select count(*) from held) >= 0
     returning member_id, method, connection_id, identity_id, amr, acr, idp_session_id, logout_hint,
               authenticated_at, not_after, mfa_evidence, ip, user_agent
   )
   select taken.*, held.user_id, held.email from taken left join held on true`,
);

/** One-time codes that applications exchange for tokens after a browser sign-in. Each works once, for a minute unless told otherwise. */
@Injectable()
export class SignInCodesService {
  constructor(
    private readonly database: Database,
    private readonly devices: DeviceWatch,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * A code for this grant, written at COMMIT of the transaction of the workspace; `codeChallenge` binds it to who asked
   * (RFC 7636).
   */
  issue(grant: LoginGrant, codeChallenge: string | null, lifetimeSeconds = LIFETIME_SECONDS): string {
    const id = uuidV7();
    const { text, hash } = issueCredential('ghc', this.database.workspaceId, id);
    const request = requestContext.current();
    this.database.defer(ISSUE, [
      id,
      hash,
      grant.memberId,
      grant.method,
      grant.connectionId ?? null,
      grant.identityId ?? null,
      [...grant.amr],
      grant.acr ?? null,
      grant.idpSessionId ?? null,
      grant.logoutHint ?? null,
      grant.authenticatedAt,
      grant.notAfter ?? null,
      codeChallenge,
      grant.evidence ?? null,
      lifetimeSeconds,
      request?.ip ?? null,
      request?.userAgent?.slice(0, 512) ?? null,
    ]);
    this.devices.note(grant, 'browser');
    return text;
  }

  /** In which workspace the code would be redeemed. Throws 400 `invalid_code` for what is no code at all. */
  locate(text: string): { readonly workspaceId: string; readonly id: string; readonly hash: Buffer } {
    const code = readCredential('ghc', text);
    if (!code) throw invalidCode();
    return code;
  }

  /**
   * Takes the code by one conditional update, which also compares the verifier: a wrong one does not use the code
   * up. Undefined when there is nothing to take; {@link refuse} then says why.
   * @param sessionId of the session that it is exchanged for in this transaction, to be ended should the code turn up
   *   again
   */
  async redeem(
    { id, hash }: { id: string; hash: Buffer },
    codeVerifier: string | undefined,
    sessionId: string,
  ): Promise<RedeemedCode | undefined> {
    const challenge = codeVerifier === undefined ? null : s256(codeVerifier);
    const [row] = await this.database.query<CodeRow>(REDEEM, [id, hash, challenge, sessionId]);
    if (!row) return undefined;
    const { member_id: memberId, user_id: userId, email } = row;
    return {
      member: userId === null ? undefined : { id: memberId, userId, email },
      attempt: {
        memberId: row.member_id,
        method: row.method,
        connectionId: row.connection_id ?? undefined,
        identityId: row.identity_id ?? undefined,
        amr: row.amr,
        acr: row.acr ?? undefined,
        idpSessionId: row.idp_session_id ?? undefined,
        logoutHint: row.logout_hint ?? undefined,
        authenticatedAt: row.authenticated_at,
        notAfter: row.not_after ?? undefined,
        evidence: row.mfa_evidence ?? undefined,
        // Whoever holds a code was asked before it was issued.
        enrolmentPutOff: true,
        from: { ip: row.ip, userAgent: row.user_agent },
      },
    };
  }

  /**
   * Why a code was not taken, on the record. A code that was used before has been seen by two parties: the session
   * it opened ends (RFC 6749 section 4.1.2). That must be committed, so the problem is answered, not thrown.
   */
  async refuse({ id, hash }: { id: string; hash: Buffer }, verifierGiven: boolean): Promise<Problem> {
    const [code] = await this.database.query<RefusedCodeRow>(
      `select consumed_at is not null as consumed, expires_at <= now() as expired, session_id, code_challenge,
              member_id, method,
              exists (select from members m where m.id = member_id and m.removed_at is not null) as removed
         from sign_in_codes where id = $1 and secret_hash = $2`,
      [id, hash],
    );
    if (!code) return invalidCode();
    const [problem, reason] = refusalOf(code, verifierGiven);
    if (code.consumed && code.session_id) await this.endSession(code.session_id);
    this.trail.record({
      type: 'auth.login_failed',
      target: { type: 'member', id: code.member_id },
      data: { method: code.method, code: problem.code, reason },
    });
    return problem;
  }

  private async endSession(sessionId: string): Promise<void> {
    const [ended] = await this.database.query<{ member_id: string }>(
      `update sessions set ended_at = now(), end_reason = 'code_reused' where id = $1 and ended_at is null
       returning member_id`,
      [sessionId],
    );
    if (!ended) return;
    this.trail.record({
      type: 'auth.session_ended',
      target: { type: 'session', id: sessionId },
      data: { reason: 'code_reused', memberId: ended.member_id },
      risk: 'high',
    });
  }
}

function refusalOf(code: RefusedCodeRow, verifierGiven: boolean): [problem: Problem, reason: string] {
  // Whoever is removed takes along the codes that were on their way.
  if (code.removed && !code.session_id) return [memberRemoved(), 'member_removed'];
  if (code.consumed) return [invalidCode(), 'code_reused'];
  if (code.expired) return [invalidCode(), 'code_expired'];
  const problem = !code.code_challenge
    ? new BadRequest('invalid_code_verifier', 'This sign-in started without a codeChallenge.')
    : verifierGiven
      ? new BadRequest('invalid_code_verifier', 'The codeVerifier does not fit the codeChallenge.')
      : new BadRequest('code_verifier_required', 'This sign-in started with a codeChallenge.');
  return [problem, problem.code];
}

const invalidCode = (): BadRequest =>
  new BadRequest('invalid_code', 'This code is wrong, expired or used before.');

import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { issueCredential } from '../../crypto/credential';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { prepared } from '../../database/statement';
import { NotFound } from '../../http/problems';
import { requestContext } from '../../http/request-context';
import { DeviceWatch } from '../devices/device-watch.service';
import type { LoginGrant, LogoutHint } from './login-grant';
import type { HeldMember } from '../../members/members.service';
import { type Demand, owesFactor, type Shown } from './second-factor-rule';
import { amrWith, TIME_GIVEN_BACK } from './shown-in-session';
import { Session } from './session.entity';
import { SHARE_TURN } from './session-turn';
import type { SignInMethod } from './login-grant';

export interface OpenedSession {
  readonly id: string;
  readonly expiresAt: Date;
}

/** An ended session, with what is needed to end the one at its identity provider. */
export interface EndedSession {
  readonly id: string;
  readonly workspaceId: string;
  readonly method: SignInMethod;
  readonly connectionId: string | null;
  readonly idpSessionId: string | null;
  readonly logoutHint: LogoutHint | null;
}

/**
 * Selects sessions of a connection: by identities, by sessions at the provider or both. One of them is required, so
 * that a call cannot end all sessions of the connection by mistake.
 */
export type ProviderSessions = {
  readonly connectionId: string;
  /** Only what began until then; left out, whenever it began. */
  readonly startedUntil?: Date | undefined;
} & (
  | { readonly identityIds: readonly string[]; readonly idpSessionIds?: readonly string[] | undefined }
  | { readonly identityIds?: undefined; readonly idpSessionIds: readonly string[] }
);

const OPEN = prepared(
  'open_session',
  `insert into sessions (id, member_id, method, connection_id, identity_id, amr, acr, idp_session_id, logout_hint,
                         authenticated_at, idle_seconds, expires_at, ip, user_agent, cookie_hash, mfa_evidence)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
);

const ISSUE_REFRESH_TOKEN = prepared(
  'issue_refresh_token',
  'insert into refresh_tokens (id, session_id, secret_hash) values ($1, $2, $3)',
);

/**
 * Condition on sessions, challenges and codes. The time of the provider's statement counts where it is earlier than
 * the row.
 */
const CONCERNED = `
  connection_id = $1 and ($2::uuid[] is null or identity_id = any($2))
  and ($3::text[] is null or idp_session_id = any($3))
  and ($4::timestamptz is null or least(created_at, authenticated_at) <= $4)`;

/**
 * Locks the members concerned. A sign-in in progress holds its member's lock from the provider's response on, so this
 * waits for it and then finds its session.
 */
const HOLD_CONCERNED = `
  select 1 from members
   where id in (select member_id from identities where id = any($2)
                union select member_id from mfa_challenges where ${CONCERNED} and consumed_at is null
                union select member_id from sign_in_codes where ${CONCERNED} and consumed_at is null)
   order by id for no key update`;

/** Browser sessions of a member that outlive an access token, with what they have shown and what is demanded now. */
const LONG_BROWSER_SESSIONS = `
  select s.id, s.method, s.amr, s.mfa_evidence as evidence, m.role, p.mfa_required as "mfaRequired",
         p.mfa_trust_idp as "mfaTrustIdp"
    from sessions s
    join members m on m.id = s.member_id
    join workspace_policies p on p.workspace_id = s.workspace_id
   where s.member_id = $1 and s.id is distinct from $2 and s.cookie_hash is not null and s.ended_at is null
     and s.expires_at > now() + make_interval(secs => p.access_token_seconds)
   order by s.id for no key update of s`;

/** To the lifetime of an access token, because applications learn of the policy when they refresh. */
const SHORTEN = `
  update sessions s set expires_at = now() + make_interval(secs => p.access_token_seconds),
         expires_with_factor_at = coalesce(s.expires_with_factor_at, s.expires_at)
    from workspace_policies p where p.workspace_id = s.workspace_id and s.id = any($1)`;

/** Sessions of the workspace in flight: opened by a grant, ended for a reason. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly database: Database,
    private readonly devices: DeviceWatch,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Opens a session, inserted at COMMIT, with a new id unless `id` is given. With `browser` it also makes the text of
   * the session cookie. When the policy limits the sessions per member, ends the oldest ones and records that.
   */
  async open(
    grant: LoginGrant,
    { browser = false, id = uuidV7() }: { browser?: boolean; id?: string | undefined } = {},
  ): Promise<OpenedSession & { cookie: string | undefined }> {
    if (grant.maxConcurrentSessions !== null) await this.makeRoom(grant, grant.maxConcurrentSessions);
    const cookie = browser ? issueCredential('ghb', this.database.workspaceId, id) : undefined;
    const from = grant.from ?? requestContext.current();
    if (browser) this.devices.note(grant, 'browser');
    const expiresAt = endOf(grant);
    this.database.defer(OPEN, [
      id,
      grant.memberId,
      grant.method,
      grant.connectionId ?? null,
      grant.identityId ?? null,
      [...grant.amr],
      grant.acr ?? null,
      grant.idpSessionId ?? null,
      grant.logoutHint ?? null,
      grant.authenticatedAt,
      grant.idleSeconds,
      expiresAt,
      from?.ip ?? null,
      from?.userAgent?.slice(0, 512) ?? null,
      cookie?.hash ?? null,
      grant.evidence ?? null,
    ]);
    return { id, expiresAt, cookie: cookie?.text };
  }

  /** A new refresh token of this session, written at COMMIT. */
  issueRefreshToken(sessionId: string): string {
    const id = uuidV7();
    const { text, hash } = issueCredential('ghr', this.database.workspaceId, id);
    this.database.defer(ISSUE_REFRESH_TOKEN, [id, sessionId, hash]);
    return text;
  }

  /** Throws NotFound. */
  async get(id: string): Promise<Session> {
    const session = await this.sessions.findOneBy({ id });
    if (!session) throw new NotFound('Session');
    return session;
  }

  /**
   * Ends the session of a member who signs out; returns what is needed to end the one at the identity provider. Throws
   * NotFound.
   */
  async close(id: string, reason: string, memberId: string): Promise<EndedSession> {
    const [ended] = await this.database.query<{
      method: SignInMethod;
      connection_id: string | null;
      idp_session_id: string | null;
      logout_hint: LogoutHint | null;
    }>(
      `update sessions set ended_at = now(), end_reason = $2 where id = $1 and member_id = $3 and ended_at is null
       returning method, connection_id, idp_session_id, logout_hint`,
      [id, reason, memberId],
    );
    if (!ended) throw new NotFound('Session');
    return {
      id,
      workspaceId: this.database.workspaceId,
      method: ended.method,
      connectionId: ended.connection_id,
      idpSessionId: ended.idp_session_id,
      logoutHint: ended.logout_hint,
    };
  }

  /**
   * Their person, who is held, has a second factor from now on: browser sessions but `except` that have shown none, and
   * should, end as soon as an access token would.
   */
  async shortenWithoutFactor(memberId: string, except: string | null = null): Promise<void> {
    await this.database.query(SHARE_TURN);
    const running = await this.database.query<Shown & Demand & Pick<HeldMember, 'role'> & { id: string }>(
      LONG_BROWSER_SESSIONS,
      [memberId, except],
    );
    const owing = running.filter((session) => owesFactor(session, session, session)).map(({ id }) => id);
    if (owing.length > 0) await this.database.query(SHORTEN, [owing]);
  }

  /** Records that the session has shown a second factor of this service; `amr` contains its values (RFC 8176). */
  async noteSecondFactor(id: string, amr: readonly string[]): Promise<void> {
    await this.database.query(
      `update sessions s
          set amr = ${amrWith(`$2::text[] || '{mfa}'`)}, mfa_evidence = 'own', ${TIME_GIVEN_BACK}
         from workspace_policies p
        where s.id = $1 and s.ended_at is null and p.workspace_id = s.workspace_id`,
      [id, amr],
    );
  }

  /**
   * Ends sessions that a connection opened for these identities: all, or those from certain sessions at the identity
   * provider. Also ends codes not yet redeemed by an application. Returns the ids of the sessions. Sign-ins in
   * progress need `endingThere` before and `rememberEnded` after it.
   */
  async endOfIdentities(
    { connectionId, identityIds, idpSessionIds, startedUntil }: ProviderSessions,
    reason: string,
  ): Promise<string[]> {
    const parameters = [connectionId, identityIds ?? null, idpSessionIds ?? null, startedUntil ?? null];
    await this.database.query(HOLD_CONCERNED, parameters);
    for (const table of ['mfa_challenges', 'sign_in_codes']) {
      await this.database.query(
        `update ${table} set consumed_at = now() where ${CONCERNED} and consumed_at is null`,
        parameters,
      );
    }
    await this.database.query(SHARE_TURN);
    const ended = await this.database.query<{ id: string }>(
      `update sessions set ended_at = now(), end_reason = $5 where ${CONCERNED} and ended_at is null returning id`,
      [...parameters, reason],
    );
    return ended.map(({ id }) => id);
  }

  private async makeRoom({ memberId, userId, email }: LoginGrant, limit: number): Promise<void> {
    const ended = await this.database.query<{ id: string }>('select end_sessions_beyond($1, $2) as id', [
      memberId,
      limit - 1,
    ]);
    for (const { id } of ended) {
      this.trail.record({
        type: 'auth.session_ended',
        target: { type: 'session', id },
        actor: { type: 'user', id: userId, email },
        data: { reason: 'too_many_sessions', memberId, limit },
      });
    }
  }

  private get sessions() {
    return this.database.repository(Session);
  }
}

function endOf({ absoluteSeconds, notAfter }: LoginGrant): Date {
  const own = new Date(Date.now() + absoluteSeconds * 1000);
  return notAfter && notAfter < own ? notAfter : own;
}

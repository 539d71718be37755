import { Injectable } from '@nestjs/common';
import type { Authenticator, Credential } from '../../access/authenticator';
import { permissionsOf, type Role } from '../../access/permissions';
import type { UserPrincipal } from '../../access/principal';
import { readCredential, sameHash } from '../../crypto/credential';
import { Database } from '../../database/database';
import { Recogniser } from '../../database/recogniser';
import { type AccessTokenClaims, AccessTokenVerifier } from '../tokens/access-token.verifier';
import { RevocationLatency } from '../../operations/revocation-latency';
import { shownNameIn } from '../../members/shown-name';
import type { SignInMethod } from './login-grant';
import { SessionUse } from './session-use';

interface RecognisedSession {
  session_id: string;
  workspace_id: string;
  workspace_slug: string;
  workspace_name: string;
  member_id: string;
  user_id: string;
  email: string;
  display_name: string | null;
  role: Role;
  approver: boolean;
  method: SignInMethod;
  connection_id: string | null;
  amr: string[];
  authenticated_at: Date;
  expires_at: Date;
  cookie_hash: Buffer | null;
  /** Whether its use was noted a moment ago. */
  use_noted: boolean;
  access_token_seconds: number | null;
  fresh_seconds: number | null;
}

/**
 * The live session with its member and workspace. `any (array[…])` instead of `m.id = s.member_id`: for a join of
 * columns PostgreSQL chose an index in the order of members and read all of it while the table had no statistics.
 */
const LIVE_SESSION = `
  select s.id as session_id, w.id as workspace_id, w.slug as workspace_slug, w.name as workspace_name,
         m.id as member_id, m.user_id, m.email, ${shownNameIn('m')} as display_name, m.role, m.approver, s.method, s.connection_id, s.amr,
         s.authenticated_at, s.expires_at, s.cookie_hash, s.last_used_at > now() - interval '50 seconds' as use_noted,
         s.access_token_seconds, s.fresh_seconds
    from sessions s
    join members m on m.workspace_id = asked.workspace_id and m.id = any (array[s.member_id])
    join workspaces w on w.id = asked.workspace_id
   where s.workspace_id = asked.workspace_id and s.id = asked.id
     and s.ended_at is null and m.removed_at is null and s.expires_at > now()
     and s.last_used_at + make_interval(secs => s.idle_seconds) > now()`;

/** An access token that is good at this moment. */
export interface LiveAccessToken {
  readonly claims: AccessTokenClaims;
  readonly person: UserPrincipal;
  /** When it stops being good at the latest, in milliseconds. */
  readonly endsAt: number;
}

/** What a session is held to that has no row of its own about it. */
const FRESH_SECONDS = 900;

/**
 * Authenticates people by an access token or the session cookie. Both contain only the id of the session; member and
 * permissions are read from the database for each request, in one round trip shared by requests of the same tick.
 */
@Injectable()
export class SessionAuthenticator implements Authenticator {
  private readonly sessions: Recogniser<RecognisedSession>;

  constructor(
    private readonly accessTokens: AccessTokenVerifier,
    private readonly use: SessionUse,
    private readonly latency: RevocationLatency,
    database: Database,
  ) {
    this.sessions = new Recogniser(database, 'recognise_sessions', LIVE_SESSION);
  }

  /** Everything else that comes as a bearer token has a prefix of its own. */
  accepts({ scheme, text }: Credential): boolean {
    return scheme === 'cookie' || (scheme === 'bearer' && text.startsWith('ey'));
  }

  async authenticate({ scheme, text }: Credential): Promise<UserPrincipal | undefined> {
    const session = await (scheme === 'cookie' ? this.ofCookie(text) : this.ofAccessToken(text));
    if (!session) return undefined;
    if (!session.use_noted) this.use.note(session.workspace_id, session.session_id);
    return principalOf(session);
  }

  /** What an access token is worth, as the database knows it now. Looking does not count as use. */
  async byAccessToken(token: string): Promise<LiveAccessToken | undefined> {
    const claims = await this.accessTokens.verify(token);
    const session = claims && (await this.sessionOf(claims));
    return session && { claims, person: principalOf(session), endsAt: endOf(claims, session) };
  }

  private async ofAccessToken(token: string): Promise<RecognisedSession | undefined> {
    const claims = await this.accessTokens.verify(token);
    return claims && this.sessionOf(claims);
  }

  private async sessionOf(claims: AccessTokenClaims): Promise<RecognisedSession | undefined> {
    const locator = { workspaceId: claims.workspaceId, id: claims.sessionId };
    const session = await this.sessions.find(locator);
    if (!session) this.latency.observeSession(locator);
    return session && session.user_id === claims.userId && isInTime(claims, session) ? session : undefined;
  }

  private async ofCookie(text: string): Promise<RecognisedSession | undefined> {
    const cookie = readCredential('ghb', text);
    const session = cookie && (await this.sessions.find(cookie));
    return session?.cookie_hash && sameHash(session.cookie_hash, cookie!.hash) ? session : undefined;
  }
}

/** By the policy of this moment: the token may have been issued under a laxer one. */
function isInTime(claims: AccessTokenClaims, { access_token_seconds }: RecognisedSession): boolean {
  return Date.now() < endUnder(access_token_seconds, claims);
}

/**
 * When the token expires: at its own end, at the end under the current policy, or with the session, whichever comes
 * first.
 */
function endOf(claims: AccessTokenClaims, { access_token_seconds, expires_at }: RecognisedSession): number {
  return Math.min(claims.expiresAt, endUnder(access_token_seconds, claims), expires_at.getTime());
}

const endUnder = (seconds: number | null, { issuedAt }: AccessTokenClaims): number =>
  seconds === null ? Infinity : issuedAt + seconds * 1000;

function principalOf(row: RecognisedSession): UserPrincipal {
  return {
    kind: 'user',
    id: row.user_id,
    memberId: row.member_id,
    sessionId: row.session_id,
    workspaceId: row.workspace_id,
    workspace: { id: row.workspace_id, slug: row.workspace_slug, name: row.workspace_name },
    email: row.email,
    displayName: row.display_name,
    role: row.role,
    approver: row.approver,
    permissions: permissionsOf(row.role, row.approver),
    method: row.method,
    connectionId: row.connection_id,
    amr: row.amr,
    authenticatedAt: row.authenticated_at,
    freshSeconds: row.fresh_seconds ?? FRESH_SECONDS,
  };
}

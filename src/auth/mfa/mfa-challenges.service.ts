import { Injectable } from '@nestjs/common';
import { issueCredential, type PresentedCredential, readCredential } from '../../crypto/credential';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { Unauthorized } from '../../http/problems';
import type { LoginAttempt, LogoutHint } from '../sessions/login-grant';
import type { SignInMethod } from '../sessions/login-grant';

const LIFETIME_SECONDS = 5 * 60;
/** For so long after its end it is known what became of one. */
const KNOWN_SECONDS = 15 * 60;

/** How somebody showed who they are before their second factor was asked for. */
export type FirstStep = Omit<LoginAttempt, 'memberId' | 'authenticatedAt'> & {
  readonly authenticatedAt?: Date;
};

/** Where the browser goes when the sign-in began in one: back to an application, or into the console. */
export interface BrowserReturn {
  readonly redirectUri: string | null;
  readonly appState: string | null;
  readonly codeChallenge: string | null;
}

/** A sign-in whose first step is done and whose second factor is awaited. */
export interface MfaChallenge {
  readonly id: string;
  readonly memberId: string;
  /** The factor that this sign-in enrols. */
  readonly enrollingFactorId: string | null;
  readonly first: FirstStep;
  /** Undefined for a sign-in by password, which ends where its second step is taken. */
  readonly back: BrowserReturn | undefined;
}

interface ChallengeRow {
  id: string;
  member_id: string;
  enrolling_factor_id: string | null;
  method: SignInMethod;
  amr: string[];
  acr: string | null;
  connection_id: string | null;
  identity_id: string | null;
  idp_session_id: string | null;
  logout_hint: LogoutHint | null;
  authenticated_at: Date | null;
  not_after: Date | null;
  in_browser: boolean;
  redirect_uri: string | null;
  app_state: string | null;
  code_challenge: string | null;
}

/** A connection that was withdrawn meanwhile vouches for nobody any more. */
const LIVE = `id = $1 and secret_hash = $2 and consumed_at is null and expires_at > now()
  and (connection_id is null
       or exists (select from sso_connections c where c.id = connection_id and c.status = 'active'))`;
const FIRST_STEP = `method, amr, acr, connection_id, identity_id, idp_session_id, logout_hint, authenticated_at,
  not_after, in_browser, redirect_uri, app_state, code_challenge`;
const COLUMNS = `id, member_id, enrolling_factor_id, ${FIRST_STEP}`;

/**
 * The member first and then the challenge, as whoever takes a member out does: in the other order each would wait for the
 * other. Held as whoever sets up a factor holds them, so that nobody who shares the hold has to ask for more.
 */
const HELD = `with held as materialized (
  select id from members where id = (select member_id from mfa_challenges where ${LIVE}) for no key update)`;
const AFTER_HELD = '(select count(*) from held) >= 0';

/** Sign-ins between their two steps, in the workspace in flight; held by an mfaToken. */
@Injectable()
export class MfaChallenges {
  constructor(private readonly database: Database) {}

  /** A new one; answers its token. Those that ran out are swept away on the way. */
  async issue(memberId: string, first: FirstStep, back?: BrowserReturn): Promise<string> {
    const id = uuidV7();
    const { text, hash } = issueCredential('ghm', this.database.workspaceId, id);
    await this.database.query(
      `with swept as (
         delete from mfa_challenges where id in
           (select id from mfa_challenges where expires_at < now() - make_interval(secs => $18)
             limit 100 for update skip locked))
       insert into mfa_challenges (id, member_id, secret_hash, ${FIRST_STEP}, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
               now() + make_interval(secs => $17))`,
      [
        ...[id, memberId, hash, first.method, [...first.amr], first.acr ?? null, first.connectionId ?? null],
        ...[first.identityId ?? null, first.idpSessionId ?? null, first.logoutHint ?? null],
        ...[first.authenticatedAt ?? null, first.notAfter ?? null, back !== undefined],
        ...[back?.redirectUri ?? null, back?.appState ?? null, back?.codeChallenge ?? null, LIFETIME_SECONDS],
        KNOWN_SECONDS,
      ],
    );
    return text;
  }

  /** Which one the token claims to be. Throws 401 `invalid_mfa_token`. */
  locate(token: string): PresentedCredential {
    const presented = readCredential('ghm', token);
    if (!presented) throw invalidMfaToken();
    return presented;
  }

  /** The sign-in that the token is of, whatever has become of it; undefined where there was none, or long ago. */
  async begun(token: string): Promise<PresentedCredential | undefined> {
    const presented = readCredential('ghm', token);
    if (!presented) return undefined;
    const begun = await this.database.onceInWorkspace(
      presented.workspaceId,
      `select from mfa_challenges
        where id = $1 and secret_hash = $2 and expires_at > now() - make_interval(secs => $3)`,
      [presented.id, presented.hash, KNOWN_SECONDS],
    );
    return begun.length > 0 ? presented : undefined;
  }

  /** Throws 401 `invalid_mfa_token` unless it still waits. */
  async find({ id, hash }: PresentedCredential): Promise<MfaChallenge> {
    return challengeOf(
      await this.database.query(`select ${COLUMNS} from mfa_challenges where ${LIVE}`, [id, hash]),
    );
  }

  /** As find(); others who hold the same token wait until this transaction ends. */
  async hold({ id, hash }: PresentedCredential): Promise<MfaChallenge> {
    return challengeOf(
      await this.database.query(
        `${HELD} select ${COLUMNS} from mfa_challenges where ${LIVE} and ${AFTER_HELD} for update`,
        [id, hash],
      ),
    );
  }

  /**
   * Uses it up; of many at once, one succeeds. Taken back with the transaction when the code turns out wrong: a
   * mistyped digit does not send anybody back to the password. Throws 401 `invalid_mfa_token`.
   */
  async consume({ id, hash }: PresentedCredential): Promise<MfaChallenge> {
    return challengeOf(
      await this.database.query(
        `${HELD} update mfa_challenges set consumed_at = now() where ${LIVE} and ${AFTER_HELD} returning ${COLUMNS}`,
        [id, hash],
      ),
    );
  }

  /** Only this sign-in may confirm the factor that it enrols. */
  async noteEnrolment(id: string, factorId: string): Promise<void> {
    await this.database.query('update mfa_challenges set enrolling_factor_id = $2 where id = $1', [
      id,
      factorId,
    ]);
  }
}

function challengeOf(rows: Record<string, unknown>[]): MfaChallenge {
  const [row] = rows as unknown as ChallengeRow[];
  if (!row) throw invalidMfaToken();
  const { redirect_uri: redirectUri, app_state: appState, code_challenge: codeChallenge } = row;
  return {
    id: row.id,
    memberId: row.member_id,
    enrollingFactorId: row.enrolling_factor_id,
    first: {
      method: row.method,
      amr: row.amr,
      acr: row.acr ?? undefined,
      connectionId: row.connection_id ?? undefined,
      identityId: row.identity_id ?? undefined,
      idpSessionId: row.idp_session_id ?? undefined,
      logoutHint: row.logout_hint ?? undefined,
      ...(row.authenticated_at && { authenticatedAt: row.authenticated_at }),
      notAfter: row.not_after ?? undefined,
    },
    back: row.in_browser ? { redirectUri, appState, codeChallenge } : undefined,
  };
}

/** What is said of a sign-in that nobody can finish any more. */
export const invalidMfaToken = (): Unauthorized =>
  new Unauthorized('invalid_mfa_token', 'This sign-in was finished or took too long. Begin again.');

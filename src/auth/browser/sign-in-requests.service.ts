import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type PlanWithout, refuseLacking } from '../../access/plans';
import { Config } from '../../config/config';
import { Keyring } from '../../crypto/keyring';
import { sha256 } from '../../crypto/sha256';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { prepared } from '../../database/statement';
import { BadRequest, Unauthorized } from '../../http/problems';
import { isUuid } from '../../http/uuid-param';
import { LoginAttempts } from '../../sso-connections/attempts/login-attempts.service';
import { refuseUnknownRedirect } from './application-return';
import { bindBrowser, carriedBy, shownBinding } from './browser-binding';
import { destinationOf } from './destination';

/** What the address that starts a sign-in may carry. */
export interface StartQuery {
  redirectUri?: string;
  state?: string;
  codeChallenge?: string;
  loginHint?: string;
  /** How many seconds ago the provider may have asked who it is, at the time somebody was sent there. */
  maxAge?: number;
  /** The ticket of a test sign-in. */
  test?: string;
  /** The page of the console that was wanted; the browser carries it, and nothing here keeps it. */
  destination?: string;
}

/** What an answer says it answers, and what the browser shows for it. Proves nothing yet. */
export interface Answering {
  readonly requestId: string | undefined;
  readonly cookieHeader: string | undefined;
}

/** A sign-in on its way to the provider: what goes along, and what stays with the browser. */
export interface BegunSignIn {
  readonly id: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly codeChallenge: string;
  readonly setCookie: string;
}

/** A sign-in that came back, taken from its shelf for good. */
export interface SignInRequest {
  readonly id: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly redirectUri: string | null;
  readonly appState: string | null;
  /** Of the application, for the one-time code. Not the one that went to the provider. */
  readonly codeChallenge: string | null;
  readonly loginHint: string | null;
  readonly maxAge: number | null;
  readonly createdAt: Date;
  /** The test that it belongs to, if it is one. */
  readonly attemptId: string | null;
  /** The page of the console that was wanted. */
  readonly destination?: string | undefined;
}

interface RequestRow {
  id: string;
  nonce: string;
  sealed_code_verifier: string;
  redirect_uri: string | null;
  app_state: string | null;
  code_challenge: string | null;
  login_hint: string | null;
  max_age: number | null;
  created_at: Date;
  lacking: PlanWithout | null;
  attempt_id: string | null;
}

interface ShelvedRow {
  consumed: boolean;
  expired: boolean;
}

type Begun = Pick<RequestRow, 'lacking'>;

/** Writes nothing where the plan lacks single sign-on. */
const BEGIN = prepared(
  'begin_sign_in',
  `with plan as materialized (select plan_without('sso') as lacking), begun as (
     insert into sign_in_requests (id, connection_id, browser_hash, nonce, sealed_code_verifier, redirect_uri,
                                   app_state, code_challenge, login_hint, expires_at, max_age, attempt_id)
     select $1::uuid, $2::uuid, $3::bytea, $4::text, $5::text, $6::text, $7::text, $8::text, $9::text,
            now() + make_interval(secs => $10), $11::int, $12::uuid
       from plan where lacking is null
   )
   select lacking from plan`,
);

const TAKE = prepared(
  'take_sign_in',
  `update sign_in_requests set consumed_at = now()
    where id = $1 and connection_id = $2 and browser_hash = $3 and consumed_at is null and expires_at > now()
    returning id, nonce, sealed_code_verifier, redirect_uri, app_state, code_challenge, login_hint, max_age,
              created_at, attempt_id, plan_without('sso') as lacking`,
);

type ConnectionRef = { readonly id: string; readonly workspaceId: string };

const LIFETIME_SECONDS = 600;

/** Sign-ins that left for an identity provider and have not come back. Each comes back once, within ten minutes. */
@Injectable()
export class SignInRequestsService {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly keyring: Keyring,
    private readonly attempts: LoginAttempts,
  ) {}

  /**
   * Throws 400 `redirect_uri_not_allowed` and 403 `plan_required`: nothing is written and nobody is sent anywhere. A
   * ticket is taken in the same transaction; throws NotFound or 400 `test_link_used` for one that opens nothing.
   */
  async begin(
    connection: ConnectionRef,
    query: StartQuery,
    given: { id?: string; nonce?: string; codeVerifier?: string } = {},
  ): Promise<BegunSignIn> {
    if (query.redirectUri !== undefined) refuseUnknownRedirect(query.redirectUri, this.config);
    const id = given.id ?? uuidV7();
    const nonce = given.nonce ?? randomToken();
    const codeVerifier = given.codeVerifier ?? randomToken();
    const binding = bindBrowser(id, this.config.secureOrigin, LIFETIME_SECONDS, query.destination);
    const row = [
      id,
      connection.id,
      binding.hash,
      nonce,
      this.keyring.seal(codeVerifier, sealedFor(id)),
      query.redirectUri ?? null,
      query.state ?? null,
      query.codeChallenge ?? null,
      query.loginHint ?? null,
      LIFETIME_SECONDS,
      query.maxAge ?? null,
    ];
    const [begun] =
      query.test === undefined
        ? // Lost, it would have to be started again; nobody has been let in by it yet.
          await this.database.onceInWorkspace<Begun>(connection.workspaceId, BEGIN, [...row, null], {
            mayBeLost: true,
          })
        : await this.beginTest(connection, query.test, row);
    refuseLacking('sso', begun?.lacking);
    return { id, nonce, codeVerifier, codeChallenge: s256(codeVerifier), setCookie: binding.setCookie };
  }

  /** As `take`, in a transaction of its own. */
  consume(
    connection: ConnectionRef,
    requestId: string,
    cookieHeader: string | undefined,
  ): Promise<SignInRequest> {
    return this.database.inWorkspace(connection.workspaceId, () =>
      this.take(connection, requestId, cookieHeader),
    );
  }

  /**
   * Takes a sign-in back in the transaction in flight, by one conditional update: of many at once, one succeeds.
   * Whoever shows the wrong browser does not use it up. Throws 400 `request_unknown`, `request_expired`,
   * `request_replayed`, 401 `browser_mismatch`.
   */
  async take(
    connection: ConnectionRef,
    requestId: string,
    cookieHeader: string | undefined,
  ): Promise<SignInRequest> {
    const id = idOf(requestId);
    if (id === undefined) throw unknownRequest();
    const shown = shownBinding(id, cookieHeader, this.config.secureOrigin);
    const [row] = await this.database.query<RequestRow>(TAKE, [id, connection.id, shown ?? Buffer.alloc(0)]);
    if (!row) throw await this.refusal(connection, id);
    refuseLacking('sso', row.lacking);
    return {
      id: row.id,
      nonce: row.nonce,
      codeVerifier: this.keyring.open(row.sealed_code_verifier, sealedFor(row.id)).toString(),
      redirectUri: row.redirect_uri,
      appState: row.app_state,
      codeChallenge: row.code_challenge,
      loginHint: row.login_hint,
      maxAge: row.max_age,
      createdAt: row.created_at,
      attemptId: row.attempt_id,
      destination: destinationOf(carriedBy(id, cookieHeader, this.config.secureOrigin)),
    };
  }

  /** Whether the answer belongs to a test that was started in this browser. Nothing is used up. */
  isTest(connection: ConnectionRef, { requestId, cookieHeader }: Answering): Promise<boolean> {
    const id = idOf(requestId);
    if (id === undefined) return Promise.resolve(false);
    const shown = shownBinding(id, cookieHeader, this.config.secureOrigin);
    return this.database.inWorkspace(connection.workspaceId, async () => {
      const found = await this.database.query(
        `select 1 from sign_in_requests
          where id = $1 and connection_id = $2 and browser_hash = $3 and attempt_id is not null`,
        [id, connection.id, shown ?? Buffer.alloc(0)],
      );
      return found.length > 0;
    });
  }

  /**
   * Notes, in the transaction in flight, that the answer to a sign-in of this browser was refused. A test is over by
   * that; a real sign-in may still be answered. Undefined when the answer belongs to no sign-in of this browser, and
   * when that was noted before.
   */
  async noteFailure(
    connection: ConnectionRef,
    { requestId, cookieHeader }: Answering,
  ): Promise<{ attemptId: string | null; createdAt: Date } | undefined> {
    const id = idOf(requestId);
    if (id === undefined) return undefined;
    const shown = shownBinding(id, cookieHeader, this.config.secureOrigin);
    const [row] = await this.database.query<Pick<RequestRow, 'attempt_id' | 'created_at'>>(
      `update sign_in_requests
          set failed_at = now(),
              consumed_at = case when attempt_id is null then consumed_at else coalesce(consumed_at, now()) end
        where id = $1 and connection_id = $2 and browser_hash = $3 and (failed_at is null or attempt_id is not null)
        returning attempt_id, created_at`,
      [id, connection.id, shown ?? Buffer.alloc(0)],
    );
    return row && { attemptId: row.attempt_id, createdAt: row.created_at };
  }

  private beginTest({ id, workspaceId }: ConnectionRef, ticket: string, row: unknown[]): Promise<Begun[]> {
    return this.database.inWorkspace(workspaceId, async () => {
      const begun = await this.database.query<Begun>(BEGIN, [...row, await this.attempts.redeem(id, ticket)]);
      refuseLacking('sso', begun[0]?.lacking);
      return begun;
    });
  }

  private async refusal(connection: ConnectionRef, id: string): Promise<BadRequest | Unauthorized> {
    const [shelved] = await this.database.query<ShelvedRow>(
      `select consumed_at is not null as consumed, expires_at <= now() as expired
         from sign_in_requests where id = $1 and connection_id = $2`,
      [id, connection.id],
    );
    if (!shelved) return unknownRequest();
    if (shelved.consumed)
      return new BadRequest('request_replayed', 'This sign-in has been finished before. Start again.');
    if (shelved.expired) return new BadRequest('request_expired', 'This sign-in took too long. Start again.');
    return new Unauthorized(
      'browser_mismatch',
      'This sign-in was started in another browser, or its cookie is gone. Start again.',
    );
  }
}

const idOf = (text: string | undefined): string | undefined =>
  text !== undefined && isUuid(text) ? text.toLowerCase() : undefined;

function unknownRequest(): BadRequest {
  return new BadRequest('request_unknown', 'This answer belongs to no sign-in that was started here.');
}

/** RFC 7636 section 4.2. */
export const s256 = (codeVerifier: string): string => sha256(codeVerifier).toString('base64url');

const sealedFor = (id: string): string => `sign_in_requests|${id}`;

const randomToken = (): string => randomBytes(32).toString('base64url');

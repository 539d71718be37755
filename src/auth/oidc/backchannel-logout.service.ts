import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import type { VerifiedLogout } from '../../crypto/jwt-verifier';
import { sha256 } from '../../crypto/sha256';
import { Database } from '../../database/database';
import { NotFound, Problem } from '../../http/problems';
import { ConnectionLookUp } from '../../sso-connections/connection-look-up.service';
import { endingThere, endOfSecond, rememberEnded } from '../sessions/provider-endings';
import { SessionsService } from '../sessions/sessions.service';
import { Deadline } from './deadline';
import type { OidcConnection } from './oidc-attempt';
import { OidcProviderClient } from './oidc-provider.client';
import { LogoutRefusal, type LogoutTokenFault } from './protocol/logout-refusal';
import { issuerOf, otherSpellingsOf } from './protocol/provider-issuer';

/** What the provider is answered; an error as OAuth 2.0 writes it (RFC 6749 section 5.2). */
export interface LogoutAnswer {
  readonly status: number;
  readonly body?: { readonly error: string; readonly error_description: string; readonly code: string };
}

const PROVIDER_BUDGET_MS = 4_000;
/** Longer than a logout token is good for, whatever its clock. */
const REMEMBERED_SECONDS = 900;

/**
 * Handles logout tokens of identity providers (OpenID Connect Back-Channel Logout 1.0). Ends exactly the sessions that
 * this connection opened for the named person or session.
 */
@Injectable()
export class BackchannelLogout {
  constructor(
    private readonly connections: ConnectionLookUp,
    private readonly provider: OidcProviderClient,
    private readonly database: Database,
    private readonly sessions: SessionsService,
    private readonly trail: AuditTrail,
  ) {}

  /** Throws NotFound for a connection that is unknown or not active; every other refusal is an answer. */
  async receive(connectionId: string, form: unknown): Promise<LogoutAnswer> {
    const connection = await this.connections.findForSignIn(connectionId);
    const { oidc } = connection;
    if (!oidc) throw new NotFound('Connection');
    try {
      const claims = await this.verify({ ...connection, oidc }, form);
      await this.end(connection, issuerOf(oidc), claims);
      return { status: 200 };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      await this.recordRefusal(connection, error);
      const { status, code, detail } = error;
      const kind = status >= 500 ? 'temporarily_unavailable' : 'invalid_request';
      // All faults of the token are 400; only failures on our side, such as an unreachable JWKS, are 5xx.
      return {
        status: status >= 500 ? status : 400,
        body: { error: kind, error_description: detail, code },
      };
    }
  }

  private async verify({ oidc }: OidcConnection, form: unknown): Promise<VerifiedLogout> {
    const { logout_token: token } = (form ?? {}) as { logout_token?: unknown };
    if (typeof token !== 'string' || token === '')
      throw new LogoutRefusal('missing', 'there is no single logout_token in the form');
    const { refusal, claims } = await new Deadline(PROVIDER_BUDGET_MS).race(
      this.provider.judge('logout_token', token, oidc, {
        issuer: issuerOf(oidc),
        otherIssuers: otherSpellingsOf(oidc),
        audience: oidc.clientId,
        now: new Date(),
      }),
    );
    if (!claims) throw new LogoutRefusal(refusal!.fault as LogoutTokenFault, refusal!.reason);
    return claims;
  }

  /** One transaction: the token is used up, the sessions end and the event is written, or none of it. */
  private end(
    { id, workspaceId, name }: { id: string; workspaceId: string; name: string },
    issuer: string,
    { sub, sid, jti, iat }: VerifiedLogout,
  ): Promise<void> {
    return this.database.inWorkspace(workspaceId, async () => {
      const person = sub === undefined ? undefined : { issuer, subject: sub };
      const named = [{ person, idpSessionId: sid }];
      await endingThere(this.database, id, named);
      const identityId = sub === undefined ? undefined : await this.identityOf(id, issuer, sub);
      const ended = await this.endSessions(id, { identityId, sub, sid });
      if (!(await this.useOnce(id, jti))) throw new LogoutRefusal('replayed', `jti ${jti} was used before`);
      await rememberEnded(this.database, id, named, endOfSecond(new Date(iat * 1000)));
      this.trail.record({
        type: 'sso.logout_received',
        target: { type: 'sso_connection', id },
        actor: { type: 'system', id: null },
        data: {
          ...{ connectionId: id, connection: name, method: 'oidc', sessionsEnded: ended.length },
          ...(sub !== undefined && { subject: sub, known: identityId !== undefined }),
          bySession: sid !== undefined,
        },
      });
    });
  }

  /** An unknown person has no sessions here; a session with the same `sid` would belong to somebody else. */
  private async endSessions(
    connectionId: string,
    named: { identityId: string | undefined; sub: string | undefined; sid: string | undefined },
  ): Promise<string[]> {
    const { identityId, sub, sid } = named;
    const idpSessionIds = sid === undefined ? undefined : [sid];
    if (identityId !== undefined)
      return this.sessions.endOfIdentities(
        { connectionId, identityIds: [identityId], idpSessionIds },
        'idp_logout',
      );
    if (sub !== undefined || idpSessionIds === undefined) return [];
    return this.sessions.endOfIdentities({ connectionId, idpSessionIds }, 'idp_logout');
  }

  private async identityOf(
    connectionId: string,
    issuer: string,
    subject: string,
  ): Promise<string | undefined> {
    const [identity] = await this.database.query<{ id: string }>(
      'select id from identities where connection_id = $1 and issuer = $2 and subject = $3',
      [connectionId, issuer, subject],
    );
    return identity?.id;
  }

  /** Of many calls with the same token, over all instances, exactly one is answered with true. */
  private async useOnce(connectionId: string, jti: string): Promise<boolean> {
    const inserted = await this.database.query(
      `insert into oidc_logout_tokens (connection_id, jti_hash, expires_at)
       values ($1, $2, now() + make_interval(secs => $3))
       on conflict do nothing returning connection_id`,
      [connectionId, sha256(jti), REMEMBERED_SECONDS],
    );
    return inserted.length === 1;
  }

  private recordRefusal(
    { id, workspaceId, name }: { id: string; workspaceId: string; name: string },
    { code, detail, extra }: Problem,
  ): Promise<void> {
    return this.database.inWorkspace(workspaceId, async () => {
      this.trail.record({
        type: 'sso.logout_refused',
        target: { type: 'sso_connection', id },
        actor: { type: 'system', id: null },
        data: { code, reason: extra.reason ?? detail, connectionId: id, connection: name, method: 'oidc' },
      });
    });
  }
}

import { Injectable } from '@nestjs/common';
import { DAY_SECONDS } from '../../config/durations';
import { hashCredential, sameHash } from '../../crypto/credential';
import { JwtRefused, type VerifiedEvents } from '../../crypto/jwt-verifier';
import { Database } from '../../database/database';
import { Problem } from '../../http/problems';
import type { SignInConnection } from '../../sso-connections/sign-in-connection';
import { type EventTokenFault, PushRefusal } from './protocol/push-refusal';
import { type RevokedSession, revokedSessionOf } from './protocol/security-event';
import { SubjectRefused } from './protocol/subject-identifier';
import { Revocations, type Revoked } from './revocation.service';
import { SignalRecord } from './signal-record';
import { type PushTrust, SignalSources } from './signal-sources.service';
import { SignalTokens } from './signal-tokens';

/** What was pushed. */
export interface Push {
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly body: unknown;
}

/** A day more than a token may be old. */
const REMEMBERED_SECONDS = 8 * DAY_SECONDS;
/** The clocks of a transmitter and of ours differ: in doubt, a session ends. */
const SKEW_MS = 60_000;

/**
 * Receives security events that a transmitter pushes (RFC 8935, Shared Signals Framework 1.0). A revoked session
 * (CAEP) ends here what began before it was revoked; every other event is noted and changes nothing.
 */
@Injectable()
export class SecurityEvents {
  constructor(
    private readonly sources: SignalSources,
    private readonly tokens: SignalTokens,
    private readonly revocations: Revocations,
    private readonly record: SignalRecord,
    private readonly database: Database,
  ) {}

  /**
   * Returns when the token is taken: also one about nobody here, and one that was taken before. Every refusal is
   * recorded first. Throws 404 for a connection that is unknown or not active, PushRefusal, and 503 when the keys of
   * the transmitter cannot be had.
   */
  async receive(protocol: 'saml' | 'oidc', connectionId: string, push: Push): Promise<void> {
    const connection = await this.sources.connection(protocol, connectionId);
    try {
      const claims = await this.verify(connection, push);
      await this.take(connection, claims, revokedIn(claims));
    } catch (error) {
      if (error instanceof Problem) await this.record.refused(connection, 'security_event', error);
      throw error;
    }
  }

  private async verify(
    connection: SignInConnection,
    { authorization, contentType, body }: Push,
  ): Promise<VerifiedEvents> {
    const trust = await this.sources.push(connection);
    if (!trust)
      throw new PushRefusal('access_denied', 'security_events_not_configured', 'no transmitter is set');
    refuseStranger(trust, authorization);
    if (!/^application\/secevent\+jwt\s*(;|$)/i.test(contentType ?? '') || typeof body !== 'string')
      throw new PushRefusal('invalid_request', 'security_event_content_type', `it came as ${contentType}`);
    const { issuer, audience, jwksUri } = trust;
    try {
      const expected = { issuer, audience, now: new Date() };
      return await this.tokens.verify('security_event_token', body.trim(), jwksUri, expected);
    } catch (error) {
      if (error instanceof JwtRefused)
        throw PushRefusal.ofToken(error.fault as EventTokenFault, error.reason);
      throw error;
    }
  }

  /** One transaction: the token is used up, the sessions end and the event is written, or none of it. */
  private async take(
    connection: SignInConnection,
    { iss: issuer, jti, events }: VerifiedEvents,
    revoked: RevokedSession | undefined,
  ): Promise<void> {
    const { id: connectionId, workspaceId } = connection;
    const kinds = Object.keys(events).slice(0, 10);
    const taken = this.database.inWorkspace(workspaceId, async () => {
      const done = revoked && (await this.end(connection, issuer, revoked));
      if (!(await this.revocations.useOnce(connectionId, 'ssf', jti, REMEMBERED_SECONDS)))
        throw new Repeated();
      if (!done) return this.record.noted(connection, issuer, { events: kinds });
      this.record.ended(connection, 'security_event', { issuer, whom: revoked.whom, revoked: done });
    });
    await taken.catch(async (failure: unknown) => {
      if (!(failure instanceof Repeated)) throw failure;
      await this.database.inWorkspace(workspaceId, async () =>
        this.record.noted(connection, issuer, { events: kinds, repeated: true }),
      );
    });
  }

  private end(connection: SignInConnection, issuer: string, { whom, at }: RevokedSession): Promise<Revoked> {
    const startedUntil = new Date(at.getTime() + SKEW_MS);
    return this.revocations.end({ connection, whom, issuer, at, startedUntil });
  }
}

/** Ends the transaction of a token that was taken before: it has no effect the second time. */
class Repeated extends Error {}

/** The secret is ours: whoever pushes was given it. */
function refuseStranger({ secretHash }: PushTrust, authorization: string | undefined): void {
  if (!secretHash) return;
  const shown = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
  if (shown !== undefined && sameHash(hashCredential(shown), secretHash)) return;
  const reason = shown === undefined ? 'there is no bearer token' : 'it is another one';
  throw new PushRefusal('authentication_failed', 'security_event_authorization', reason);
}

function revokedIn(claims: VerifiedEvents): RevokedSession | undefined {
  try {
    return revokedSessionOf(claims);
  } catch (error) {
    if (!(error instanceof SubjectRefused)) throw error;
    const code = `security_event_subject_${error.fault}` as const;
    throw new PushRefusal('invalid_request', code, error.reason);
  }
}

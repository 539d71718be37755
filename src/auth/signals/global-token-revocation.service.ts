import { Injectable } from '@nestjs/common';
import { JwtRefused, type VerifiedClaims } from '../../crypto/jwt-verifier';
import { Database } from '../../database/database';
import { Problem } from '../../http/problems';
import type { SignInConnection } from '../../sso-connections/sign-in-connection';
import { RevocationRefusal, type RevocationTokenFault } from './protocol/revocation-refusal';
import { type PersonName, readPerson, SubjectRefused } from './protocol/subject-identifier';
import { Revocations } from './revocation.service';
import { SignalRecord } from './signal-record';
import { SignalSources } from './signal-sources.service';
import { SignalTokens } from './signal-tokens';

/** Longer than a token is good for, whatever its clock. */
const REMEMBERED_SECONDS = 900;

/**
 * An identity provider that orders everything to end that it granted to somebody here (Global Token Revocation, Okta's
 * Universal Logout). Ends exactly that person's sessions of this connection, with their refresh tokens.
 */
@Injectable()
export class GlobalTokenRevocation {
  constructor(
    private readonly sources: SignalSources,
    private readonly tokens: SignalTokens,
    private readonly revocations: Revocations,
    private readonly record: SignalRecord,
    private readonly database: Database,
  ) {}

  /**
   * Returns once nothing is left of it. Every refusal is recorded first. Throws 404 for a connection that is unknown
   * or not active, RevocationRefusal, and 503 when the keys of the issuer cannot be had.
   */
  async receive(
    protocol: 'saml' | 'oidc',
    connectionId: string,
    { authorization, body }: { authorization: string | undefined; body: unknown },
  ): Promise<void> {
    const connection = await this.sources.connection(protocol, connectionId);
    try {
      const claims = await this.verify(connection, authorization);
      await this.end(connection, claims, personOf(body));
    } catch (error) {
      if (error instanceof Problem && !(error instanceof SubjectUnknown))
        await this.record.refused(connection, 'global_token_revocation', error);
      throw error;
    }
  }

  private async verify(
    connection: SignInConnection,
    authorization: string | undefined,
  ): Promise<VerifiedClaims & { jti: string }> {
    const token = /^Bearer ([\w.-]+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined)
      throw new RevocationRefusal('revocation_token_missing', 'there is no bearer token');
    const trust = await this.sources.revocation(connection);
    if (!trust)
      throw new RevocationRefusal('revocation_not_configured', 'no issuer is set for this connection');
    const { issuer, jwksUri, subject } = trust;
    const { revocationUrl: audience } = this.sources.addresses(connection);
    try {
      const expected = { issuer, audience, now: new Date() };
      const claims = await this.tokens.verify('revocation_token', token, jwksUri, expected);
      if (claims.sub !== subject)
        throw new RevocationRefusal('revocation_token_subject_mismatch', `sub is ${claims.sub}`);
      return { ...claims, jti: String(claims.jti) };
    } catch (error) {
      if (error instanceof JwtRefused)
        throw new RevocationRefusal(`revocation_token_${error.fault as RevocationTokenFault}`, error.reason);
      throw error;
    }
  }

  /** One transaction: the token is used up, the sessions end and the event is written, or none of it. */
  private async end(
    connection: SignInConnection,
    { iss: issuer, jti, iat }: { iss: string; jti: string; iat: number },
    person: PersonName,
  ): Promise<void> {
    const { id: connectionId, workspaceId } = connection;
    const { known } = await this.database.inWorkspace(workspaceId, async () => {
      const whom = { person };
      const at = new Date(iat * 1000);
      const revoked = await this.revocations.end({ connection, whom, issuer, at });
      if (!(await this.revocations.useOnce(connectionId, 'gtr', jti, REMEMBERED_SECONDS)))
        throw new RevocationRefusal('revocation_token_replayed', `jti ${jti} was used before`);
      this.record.ended(connection, 'global_token_revocation', { issuer, whom, revoked });
      return revoked;
    });
    if (!known) throw new SubjectUnknown();
  }
}

/** Recorded already, together with the use of the token. */
class SubjectUnknown extends RevocationRefusal {
  constructor() {
    super('revocation_subject_unknown', 'nobody of this connection has that name');
  }
}

function personOf(body: unknown): PersonName {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, 'sub_id'))
    throw new RevocationRefusal('revocation_body_invalid', 'there is no sub_id');
  try {
    return readPerson((body as { sub_id: unknown }).sub_id);
  } catch (error) {
    if (!(error instanceof SubjectRefused)) throw error;
    const code =
      error.fault === 'malformed' ? 'revocation_subject_invalid' : 'revocation_subject_unsupported';
    throw new RevocationRefusal(code, error.reason);
  }
}

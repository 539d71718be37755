import { Injectable } from '@nestjs/common';
import { sha256 } from '../../crypto/sha256';
import { Database } from '../../database/database';
import { withDomainOfDns } from '../../http/is-email-address';
import type { SignInConnection } from '../../sso-connections/sign-in-connection';
import type { SignalKind } from '../../sso-connections/signals/connection-signals.service';
import { issuerOf } from '../oidc/protocol/provider-issuer';
import { endingThere, endOfSecond, type NamedThere, rememberEnded } from '../sessions/provider-endings';
import { SessionsService } from '../sessions/sessions.service';
import type { OneName, PersonName, Whom } from './protocol/subject-identifier';

/** Which sessions, of which connection, and who says so. */
export interface Revocation {
  readonly connection: Pick<SignInConnection, 'id' | 'saml' | 'oidc'>;
  readonly whom: Whom;
  readonly issuer: string;
  /** When it happened there. */
  readonly at: Date;
  /** Only what began until then. */
  readonly startedUntil?: Date;
}

export interface Revoked {
  /** Whether anybody has that name, or any session that id. */
  readonly known: boolean;
  readonly memberIds: readonly string[];
  readonly sessions: readonly string[];
}

interface KnownIdentity {
  readonly id: string;
  readonly member_id: string;
  readonly issuer: string;
  readonly subject: string;
}

/** Ends what a connection opened for somebody, in the transaction in flight: never a session of another connection. */
@Injectable()
export class Revocations {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionsService,
  ) {}

  async end(revocation: Revocation): Promise<Revoked> {
    const { connection, whom, at } = revocation;
    const named = (identities: readonly KnownIdentity[]): NamedThere[] => [
      ...namesIn(revocation),
      ...identities.map(({ issuer, subject }) => ({
        person: { issuer, subject },
        idpSessionId: whom.sessionId,
      })),
    ];
    await endingThere(this.database, connection.id, named(await this.identitiesIn(revocation)));
    // Those, too, who were on their way here for the first time.
    const identities = await this.identitiesIn(revocation);
    const sessions = await this.endSessions(revocation, identities);
    await rememberEnded(this.database, connection.id, named(identities), endOfSecond(at));
    const memberIds = [...new Set(identities.map((identity) => identity.member_id))];
    return { known: identities.length > 0 || sessions.length > 0, memberIds, sessions };
  }

  /**
   * Of many calls with the same token, over all instances, exactly one is answered with true. After `end`: it refers to
   * the connection, as what that remembers does.
   */
  async useOnce(connectionId: string, kind: SignalKind, jti: string, forSeconds: number): Promise<boolean> {
    const inserted = await this.database.query(
      `insert into used_signals (connection_id, kind, jti_hash, expires_at)
       values ($1, $2, $3, now() + make_interval(secs => $4))
       on conflict do nothing returning connection_id`,
      [connectionId, kind, sha256(jti), forSeconds],
    );
    return inserted.length === 1;
  }

  /** Of somebody unknown nothing ends: not even a session of that name, which is then another's. */
  private async endSessions(
    { connection, whom: { person, sessionId }, startedUntil }: Revocation,
    identities: readonly KnownIdentity[],
  ): Promise<string[]> {
    const of = { connectionId: connection.id, startedUntil };
    const identityIds = person && identities.map(({ id }) => id);
    const idpSessionIds = sessionId === undefined ? undefined : [sessionId];
    if (identityIds?.length)
      return this.sessions.endOfIdentities({ ...of, identityIds, idpSessionIds }, 'idp_revocation');
    if (identityIds || !idpSessionIds) return [];
    return this.sessions.endOfIdentities({ ...of, idpSessionIds }, 'idp_revocation');
  }

  /** Whoever has the name, or any of the names. */
  private async identitiesIn({ connection, whom, issuer }: Revocation): Promise<KnownIdentity[]> {
    const found = new Map<string, KnownIdentity>();
    for (const name of namesOf(whom.person)) {
      for (const identity of await this.withName(connection.id, name, issuer))
        found.set(identity.id, identity);
    }
    return [...found.values()];
  }

  private withName(connectionId: string, name: OneName, issuer: string): Promise<KnownIdentity[]> {
    switch (name.format) {
      case 'email':
        return this.withAddress(connectionId, name.email);
      case 'iss_sub':
        // Whoever speaks may call itself otherwise than in its assertions and ID tokens.
        return this.database.query<KnownIdentity>(
          `${withSubject('$2')} and subject = $2 and ($3 = issuer or $3 = $4)`,
          [connectionId, name.sub, name.iss, issuer],
        );
      case 'opaque':
        return this.database.query<KnownIdentity>(`${withSubject('$2')} and subject = $2`, [
          connectionId,
          name.id,
        ]);
    }
  }

  /**
   * By the address of the member, or the one the provider last named; of nobody with it, by an address that is itself
   * the name at the provider.
   */
  private async withAddress(connectionId: string, email: string): Promise<KnownIdentity[]> {
    const kept = withDomainOfDns(email.trim().toLowerCase());
    const ofMember = await this.database.query<KnownIdentity>(
      `select id, member_id, issuer, subject from (select * from identities where email_key = any(array[lower($2), $3]) offset 0) i
        where connection_id = $1
       union
       select i.id, i.member_id, i.issuer, i.subject from members m
        cross join lateral (select * from identities where member_id = m.id order by issuer offset 0) i
        where m.email collate "C" = $3 and i.connection_id = $1`,
      [connectionId, email, kept],
    );
    if (ofMember.length > 0) return ofMember;
    return this.database.query<KnownIdentity>(withSubject('$2'), [connectionId, email]);
  }
}

/**
 * Of the connection $1, in any case. The look by the name stays behind `offset`, so that it is one into its index
 * whatever PostgreSQL has counted, and never through all of the connection.
 */
const withSubject = (name: string): string =>
  `select id, member_id, issuer, subject from (select * from identities where subject_key = lower(${name}) offset 0) i
    where connection_id = $1`;

const namesOf = (person: PersonName | undefined): readonly OneName[] =>
  person?.format === 'aliases' ? person.identifiers : person ? [person] : [];

/** Whom it is about in its own words: that may be somebody whom nobody has seen here yet. */
function namesIn({ connection: { saml, oidc }, whom, issuer }: Revocation): NamedThere[] {
  const { person, sessionId: idpSessionId } = whom;
  // As sign-ins have it.
  const provider = saml?.entityId ?? (oidc && issuerOf(oidc));
  if (!person) return idpSessionId === undefined ? [] : [{ idpSessionId }];
  return namesOf(person).flatMap((name): NamedThere[] => {
    if (name.format === 'email') return [{ email: name.email, idpSessionId }];
    if (provider === undefined) return [];
    if (name.format === 'iss_sub' && name.iss !== provider && name.iss !== issuer) return [];
    const subject = name.format === 'iss_sub' ? name.sub : name.id;
    return [{ person: { issuer: provider, subject }, idpSessionId }];
  });
}

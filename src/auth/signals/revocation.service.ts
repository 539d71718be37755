import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { withDomainOfDns } from '../../http/is-email-address';
import type { SignalKind } from '../../sso-connections/signals/connection-signals.service';
import { endingThere, endOfSecond, rememberEnded } from '../sessions/provider-endings';
import { SessionsService } from '../sessions/sessions.service';
import type { OneName, PersonName, Whom } from './protocol/subject-identifier';

/** Which sessions, of which connection, and who says so. */
export interface Revocation {
  readonly connectionId: string;
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

  async end({ connectionId, whom, issuer, at, startedUntil }: Revocation): Promise<Revoked> {
    const { person, sessionId: idpSessionId } = whom;
    if (!person) {
      if (idpSessionId === undefined) return NOBODY;
      const named = [{ idpSessionId }];
      await endingThere(this.database, connectionId, named);
      const of = { connectionId, idpSessionIds: [idpSessionId], startedUntil };
      const sessions = await this.sessions.endOfIdentities(of, 'idp_revocation');
      await rememberEnded(this.database, connectionId, named, endOfSecond(at));
      return { known: sessions.length > 0, memberIds: [], sessions };
    }
    const identities = await this.named(connectionId, person, issuer);
    const named = identities.map(({ issuer, subject }) => ({ person: { issuer, subject }, idpSessionId }));
    await endingThere(this.database, connectionId, named);
    const identityIds = identities.map(({ id }) => id);
    const idpSessionIds = idpSessionId === undefined ? undefined : [idpSessionId];
    const of = { connectionId, identityIds, idpSessionIds, startedUntil };
    const ended = await this.sessions.endOfIdentities(of, 'idp_revocation');
    await rememberEnded(this.database, connectionId, named, endOfSecond(at));
    const memberIds = [...new Set(identities.map((identity) => identity.member_id))];
    return { known: identities.length > 0, memberIds, sessions: ended };
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
      [connectionId, kind, createHash('sha256').update(jti).digest(), forSeconds],
    );
    return inserted.length === 1;
  }

  /** Whoever has the name, or any of the names. */
  private async named(connectionId: string, person: PersonName, issuer: string): Promise<KnownIdentity[]> {
    const names = person.format === 'aliases' ? person.identifiers : [person];
    const found = new Map<string, KnownIdentity>();
    for (const name of names) {
      for (const identity of await this.withName(connectionId, name, issuer))
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

const NOBODY: Revoked = { known: false, memberIds: [], sessions: [] };

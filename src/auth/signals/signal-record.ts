import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import type { Problem } from '../../http/problems';
import type { SignInConnection } from '../../sso-connections/sign-in-connection';
import type { PersonName, Whom } from './protocol/subject-identifier';
import type { Revoked } from './revocation.service';

type Method = 'global_token_revocation' | 'security_event';
export type SignalConnection = Pick<SignInConnection, 'id' | 'workspaceId' | 'name' | 'type'>;

const NOBODY_SIGNED_IN = { type: 'system', id: null } as const;

/** What the audit trail tells of revocations from outside: what ended, or why nothing did. */
@Injectable()
export class SignalRecord {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  /** In the transaction in flight. */
  ended(
    connection: SignalConnection,
    method: Method,
    { issuer, whom, revoked }: { issuer: string; whom: Whom; revoked: Revoked },
  ): void {
    const [only, ...more] = revoked.memberIds;
    const one = only !== undefined && more.length === 0;
    this.trail.record({
      type: 'sso.revocation_received',
      target: one ? { type: 'member', id: only } : { type: 'sso_connection', id: connection.id },
      actor: NOBODY_SIGNED_IN,
      data: {
        ...{ ...base(connection, method), outcome: revoked.known ? 'ended' : 'unknown_subject', issuer },
        ...{ ...told(whom), sessions: revoked.sessions },
      },
    });
  }

  /** In the transaction in flight: an event that ends nothing. */
  noted(connection: SignalConnection, issuer: string, data: Readonly<Record<string, unknown>>): void {
    this.trail.record({
      type: 'sso.signal_received',
      target: { type: 'sso_connection', id: connection.id },
      actor: NOBODY_SIGNED_IN,
      data: { ...base(connection, 'security_event'), issuer, ...data },
    });
  }

  /** In a transaction of its own. */
  refused(connection: SignalConnection, method: Method, { code, detail, extra }: Problem): Promise<void> {
    return this.database.inWorkspace(connection.workspaceId, async () => {
      this.trail.record({
        type: 'sso.revocation_received',
        target: { type: 'sso_connection', id: connection.id },
        actor: NOBODY_SIGNED_IN,
        data: { ...base(connection, method), outcome: 'refused', code, reason: extra.reason ?? detail },
      });
    });
  }
}

const base = ({ id, name, type }: SignalConnection, method: Method): Record<string, unknown> => ({
  ...{ connectionId: id, connection: name, protocol: type, method },
});

function told({ person, sessionId }: Whom): Record<string, unknown> {
  return {
    ...(person && { format: person.format, subject: nameOf(person) }),
    ...(sessionId !== undefined && { bySession: true }),
  };
}

function nameOf(person: PersonName): string {
  switch (person.format) {
    case 'email':
      return person.email;
    case 'iss_sub':
      return person.sub;
    case 'opaque':
      return person.id;
    case 'aliases':
      return nameOf(person.identifiers[0]);
  }
}

import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../../audit/audit-trail';
import { Database } from '../../../database/database';
import { problemOf } from '../../../http/problem-of';
import { Problem } from '../../../http/problems';
import type { LogoutFacts } from '../protocol/logout-facts';
import type { SamlConnection } from '../saml-connection';

/** What the audit trail says about messages from identity providers about logging out. */
@Injectable()
export class LogoutRecord {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  /** Writes a refusal down, in a transaction of its own. What is our own fault is none. */
  async refused(connection: SamlConnection, error: unknown, facts: LogoutFacts | undefined): Promise<void> {
    const { status, code, detail, extra } = problemOf(error);
    if (status >= 500 && !(error instanceof Problem)) return;
    await this.database.inWorkspace(connection.workspaceId, async () => {
      this.trail.record({
        type: 'sso.logout_refused',
        target: { type: 'sso_connection', id: connection.id },
        data: {
          ...{ code, reason: extra.reason ?? detail },
          ...{ connectionId: connection.id, connection: connection.name, method: 'saml' },
          // Only what was signed is repeated here.
          ...(facts && { message: facts.kind, issuer: facts.issuer, subject: facts.nameId }),
        },
      });
    });
  }

  /** Records in the current transaction that the identity provider answered our logout request. */
  answered(connection: SamlConnection, { issuer, status }: LogoutFacts): void {
    this.trail.record({
      type: 'sso.logout_answered',
      target: { type: 'sso_connection', id: connection.id },
      data: { connectionId: connection.id, method: 'saml', issuer, status: status.join(' / ') },
    });
  }
}

import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../../audit/audit-trail';
import { Database } from '../../../database/database';
import { endingThere, endOfSecond, rememberEnded } from '../../sessions/provider-endings';
import { SessionsService } from '../../sessions/sessions.service';
import type { LogoutFacts } from '../protocol/logout-facts';
import { readInstant } from '../protocol/instant';
import { SamlLogoutRefusal } from '../protocol/logout-refusal';
import type { SamlConnection } from '../saml-connection';
import { SamlReplays } from '../saml-replays.service';

/** Longer than a request is taken for recent. */
const MEMORY_MS = 15 * 60_000;

/** Carries out a request to log out that was found good: ends that person's sessions of that connection. */
@Injectable()
export class IdpLogout {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionsService,
    private readonly replays: SamlReplays,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Ends the sessions with the named SessionIndexes, or all sessions of the person when none is named. Marking the
   * request as used and recording the event happen in the same transaction. It is no error when there is no session to
   * end.
   * @throws SamlLogoutRefusal `saml_logout_replayed`, `saml_logout_principal_unknown`
   */
  async end(connection: SamlConnection, facts: LogoutFacts): Promise<void> {
    const { id, nameId, sessionIndexes, issuer } = facts;
    const idpSessionIds = sessionIndexes.length > 0 ? [...new Set(sessionIndexes)] : undefined;
    const person = { issuer: connection.saml.entityId, subject: nameId ?? '' };
    const named = (idpSessionIds ?? [undefined]).map((idpSessionId) => ({ person, idpSessionId }));
    const known = await this.database.inWorkspace(connection.workspaceId, async () => {
      await endingThere(this.database, connection.id, named);
      const identity = await this.findIdentity(connection, nameId ?? '');
      const of = identity && { connectionId: connection.id, identityIds: [identity.id], idpSessionIds };
      const ended = of ? await this.sessions.endOfIdentities(of, 'idp_logout') : [];
      if (!(await this.replays.useLogoutOnce(connection, id ?? '', new Date(Date.now() + MEMORY_MS))))
        throw new SamlLogoutRefusal('saml_logout_replayed', `The request ${id} was used before.`);
      // Also for an unknown person: a first sign-in that is in progress must then fail.
      await rememberEnded(this.database, connection.id, named, endingOf(facts.issueInstant));
      if (!identity) return false;
      this.trail.record({
        type: 'sso.logout_received',
        target: { type: 'member', id: identity.member_id },
        data: {
          ...{ connectionId: connection.id, method: 'saml', issuer, subject: nameId },
          ...{ sessionIndexes, sessions: ended, reason: 'idp_logout' },
        },
      });
      return true;
    });
    if (!known)
      throw new SamlLogoutRefusal('saml_logout_principal_unknown', `Nobody here is ${nameId} there.`);
  }

  private async findIdentity(
    { id, saml }: SamlConnection,
    subject: string,
  ): Promise<{ id: string; member_id: string } | undefined> {
    const [identity] = await this.database.query<{ id: string; member_id: string }>(
      'select id, member_id from identities where connection_id = $1 and issuer = $2 and subject = $3',
      [id, saml.entityId, subject],
    );
    return identity;
  }
}

/** Many products write no fraction of a second. */
function endingOf(issueInstant: string | undefined): Date {
  const said = readInstant(issueInstant) ?? new Date();
  return issueInstant?.includes('.') ? said : endOfSecond(said);
}

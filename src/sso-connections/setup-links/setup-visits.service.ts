import { Injectable } from '@nestjs/common';
import { permissionsOf, type Role } from '../../access/permissions';
import { AuditTrail } from '../../audit/audit-trail';
import { issueCredential, readCredential } from '../../crypto/credential';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { NotFound } from '../../http/problems';
import { requestContext } from '../../http/request-context';

const VISIT_SECONDS = 8 * 3600;

/** A browser at work with a live link. */
export interface SetupVisit {
  readonly linkId: string;
  readonly connectionId: string;
  readonly workspaceId: string;
  readonly expiresAt: Date;
  /** In the transaction in flight, until its end: the link is not taken back meanwhile. Throws NotFound. */
  hold(): Promise<void>;
}

interface LiveRow {
  readonly link_id: string;
  readonly connection_id: string;
  readonly expires_at: Date;
  readonly role: Role;
}

/** What makes a link live, beside its secret: its own terms, its connection, and whoever answers for it. */
const LIVE = `l.revoked_at is null and l.expires_at > now() and m.removed_at is null`;

/**
 * Opening links and coming back with the cookie. Each call is a transaction of its own, and throws NotFound alike for
 * what is unknown, expired, revoked, or answered for by nobody any more.
 */
@Injectable()
export class SetupVisits {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  /** Exchanges the link for a cookie text, so that it need not stay in sight. */
  open(link: string): Promise<{ cookie: string; expiresAt: Date }> {
    const presented = readCredential('ghu', link);
    if (!presented) throw unknown();
    const { workspaceId, id: linkId, hash } = presented;
    return this.database.inWorkspace(workspaceId, async () => {
      const [row] = await this.database.query<LiveRow>(
        `update setup_links l set last_opened_at = now()
           from members m
          where l.id = $1 and l.secret_hash = $2 and m.workspace_id = l.workspace_id and m.id = l.created_by and ${LIVE}
        returning l.id as link_id, l.connection_id, l.expires_at, m.role`,
        [linkId, hash],
      );
      const live = answeredFor(row);
      const id = uuidV7();
      const visit = issueCredential('ghw', workspaceId, id);
      const expiresAt = new Date(Math.min(Date.now() + VISIT_SECONDS * 1000, live.expires_at.getTime()));
      await this.database.query('delete from setup_visits where expires_at < now()');
      await this.database.query(
        'insert into setup_visits (id, link_id, secret_hash, expires_at) values ($1, $2, $3, $4)',
        [id, linkId, visit.hash, expiresAt],
      );
      actAs(linkId);
      this.trail.record({
        type: 'setup_link.opened',
        target: { type: 'setup_link', id: linkId },
        data: { setupLinkId: linkId, connectionId: live.connection_id },
      });
      return { cookie: visit.text, expiresAt };
    });
  }

  /** Whoever comes with the cookie; from here on the request acts in the name of the link. */
  resume(cookie: string | undefined): Promise<SetupVisit> {
    const presented = readCredential('ghw', cookie ?? '');
    if (!presented) throw unknown();
    const { workspaceId, id, hash } = presented;
    return this.database.inWorkspace(workspaceId, async () => {
      const [row] = await this.database.query<LiveRow>(
        `select l.id as link_id, l.connection_id, v.expires_at, m.role
           from setup_visits v
           join setup_links l on l.workspace_id = v.workspace_id and l.id = v.link_id
           join members m on m.workspace_id = l.workspace_id and m.id = l.created_by
          where v.id = $1 and v.secret_hash = $2 and v.expires_at > now() and ${LIVE}`,
        [id, hash],
      );
      const { link_id: linkId, connection_id: connectionId, expires_at: expiresAt } = answeredFor(row);
      actAs(linkId);
      return { linkId, connectionId, workspaceId, expiresAt, hold: () => this.hold(linkId) };
    });
  }

  private async hold(linkId: string): Promise<void> {
    const [row] = await this.database.query<LiveRow>(
      `select l.id as link_id, l.connection_id, l.expires_at, m.role
         from setup_links l join members m on m.workspace_id = l.workspace_id and m.id = l.created_by
        where l.id = $1 and ${LIVE} for share of l`,
      [linkId],
    );
    answeredFor(row);
  }
}

/** A link does what its creator may do, and no more. */
function answeredFor(row: LiveRow | undefined): LiveRow {
  if (!row || !permissionsOf(row.role, false).has('sso:write')) throw unknown();
  return row;
}

function actAs(linkId: string): void {
  const context = requestContext.current();
  if (context) context.deputy = { type: 'system', id: linkId };
}

const unknown = () => new NotFound('Setup link');

import { Injectable } from '@nestjs/common';
import { requireFreshAuthentication } from '../../access/fresh-authentication';
import type { UserPrincipal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { decodeCursor, type PageQuery } from '../../http/page';
import { Conflict, NotFound } from '../../http/problems';
import { IdentityLinks, type Linking } from '../identities/identity-links.service';

export type ConflictResolution = 'linked' | 'dismissed' | 'proved';

/** Somebody at a provider who has a member's address, for which the workspace does not speak. */
export interface IdentityConflict {
  readonly id: string;
  readonly connectionId: string;
  readonly connectionName: string;
  readonly issuer: string;
  readonly subject: string;
  readonly email: string;
  readonly displayName: string | null;
  readonly memberId: string;
  readonly memberEmail: string;
  readonly memberRemoved: boolean;
  readonly attempts: number;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly resolvedAt: Date | null;
  readonly resolution: ConflictResolution | null;
  readonly resolvedBy: string | null;
}

export interface NewConflict extends Linking {
  readonly email: string;
  readonly displayName?: string | undefined;
  readonly memberId: string;
}

const CONFLICT = `
  select q.id, q.connection_id as "connectionId", c.name as "connectionName", q.issuer, q.subject, q.email,
         q.display_name as "displayName", q.member_id as "memberId", m.email as "memberEmail",
         m.removed_at is not null as "memberRemoved", q.attempts, q.created_at as "createdAt",
         q.last_seen_at as "lastSeenAt", q.resolved_at as "resolvedAt", q.resolution, q.resolved_by as "resolvedBy"
    from identity_conflicts q
    join sso_connections c on c.id = q.connection_id
    join members m on m.id = q.member_id`;

/** The queue of those about whom an admin decides whether they are the member they seem to be. */
@Injectable()
export class AccountConflicts {
  constructor(
    private readonly database: Database,
    private readonly links: IdentityLinks,
    private readonly trail: AuditTrail,
  ) {}

  /** Oldest first, open ones only unless `all`; one more than the page holds. */
  list({ limit, cursor }: PageQuery, all: boolean): Promise<IdentityConflict[]> {
    return this.database.query<IdentityConflict>(
      `${CONFLICT} where ($1 or q.resolved_at is null) and ($2::uuid is null or q.id > $2) order by q.id limit $3`,
      [all, cursor ? decodeCursor(cursor) : null, limit + 1],
    );
  }

  /** Throws NotFound. */
  async get(id: string): Promise<IdentityConflict> {
    const [found] = await this.database.query<IdentityConflict>(`${CONFLICT} where q.id = $1`, [id]);
    if (!found) throw new NotFound('Conflict');
    return found;
  }

  /**
   * Puts somebody in the queue, once; whoever tries again is only counted. Who comes with the address of another member
   * than before is another question: an admin who answers the first must not have answered that one. Answers the id.
   */
  async open(conflict: NewConflict): Promise<string> {
    const { connectionId, issuer, subject, email, displayName, memberId } = conflict;
    await this.dropOthers(conflict);
    const [row] = await this.database.query<{ id: string; attempts: number }>(
      `insert into identity_conflicts as q (connection_id, issuer, subject, email, display_name, member_id)
       values ($1, $2, $3, $4, $5, $6)
       on conflict (workspace_id, connection_id, issuer, subject) where resolved_at is null do update
          set attempts = q.attempts + 1, last_seen_at = now(), email = excluded.email,
              display_name = excluded.display_name
          where q.member_id = excluded.member_id
       returning q.id, q.attempts`,
      [connectionId, issuer, subject, email, displayName?.slice(0, 256) ?? null, memberId],
    );
    // The same person with yet another address, at the same moment: their question is there to be seen by now.
    if (!row) return this.open(conflict);
    const { id, attempts } = row;
    if (attempts === 1) {
      this.trail.record({
        type: 'sso.conflict_opened',
        target: { type: 'identity_conflict', id },
        actor: { type: 'user', id: null, email },
        data: { connectionId, issuer, subject, email, memberId },
      });
    }
    return id;
  }

  /**
   * An admin's word: the two are one person, or they are not. After `link` the next sign-in succeeds; after `dismiss`
   * another try opens the question again. Throws NotFound, 401 `reauthentication_required` for `link`, which gives another
   * way in for good, 409 `conflict_resolved`, `member_removed`, `identity_linked`.
   */
  async resolve(caller: UserPrincipal, id: string, action: 'link' | 'dismiss'): Promise<IdentityConflict> {
    const conflict = await this.get(id);
    if (conflict.resolvedAt) throw resolvedAlready();
    if (action === 'link') {
      requireFreshAuthentication(caller);
      await this.holdLive(conflict.memberId);
    }
    const resolved = await this.close(id, action === 'link' ? 'linked' : 'dismissed', caller.memberId);
    if (!resolved) throw resolvedAlready();
    if (action === 'link' && (await this.links.link(conflict, conflict.memberId, 'admin')) === 'elsewhere') {
      throw new Conflict('identity_linked', 'This account at the provider belongs to another member by now.');
    }
    return this.get(id);
  }

  /** Nobody takes the member out until the link stands, or they are out and it does not. Throws 409 `member_removed`. */
  private async holdLive(memberId: string): Promise<void> {
    const held = await this.database.query(
      'select from members where id = $1 and removed_at is null for share',
      [memberId],
    );
    if (held.length === 0)
      throw new Conflict('member_removed', 'This member is removed; restore them first.');
  }

  /** Ends what is open about the same person there and another member here. */
  private async dropOthers({ connectionId, issuer, subject, email, memberId }: NewConflict): Promise<void> {
    const dropped = await this.database.query<{ id: string; member_id: string }>(
      `update identity_conflicts set resolved_at = now(), resolution = 'dismissed'
        where connection_id = $1 and issuer = $2 and subject = $3 and resolved_at is null and member_id <> $4
        returning id, member_id`,
      [connectionId, issuer, subject, memberId],
    );
    for (const { id, member_id } of dropped) {
      this.trail.record({
        type: 'sso.conflict_resolved',
        target: { type: 'identity_conflict', id },
        actor: { type: 'user', id: null, email },
        data: { resolution: 'dismissed', connectionId, subject, memberId: member_id },
      });
    }
  }

  /** Closes an open conflict; answers whether it was open. */
  async close(id: string, resolution: ConflictResolution, resolvedBy: string): Promise<boolean> {
    const [closed] = await this.database.query<{ subject: string; member_id: string; connection_id: string }>(
      `update identity_conflicts set resolved_at = now(), resolution = $2, resolved_by = $3
        where id = $1 and resolved_at is null returning subject, member_id, connection_id`,
      [id, resolution, resolvedBy],
    );
    if (!closed) return false;
    this.trail.record({
      type: 'sso.conflict_resolved',
      target: { type: 'identity_conflict', id },
      data: {
        resolution,
        connectionId: closed.connection_id,
        subject: closed.subject,
        memberId: closed.member_id,
      },
    });
    return true;
  }
}

const resolvedAlready = (): Conflict =>
  new Conflict('conflict_resolved', 'This conflict was resolved already.');

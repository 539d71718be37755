import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { decodeCursor, type PageQuery } from '../../http/page';
import { NotFound } from '../../http/problems';
import type { Session } from './session.entity';
import { SHARE_TURN } from './session-turn';

/** Of a session what people are shown, with the name of the connection it came through. */
export type ShownSession = Pick<
  Session,
  | 'id'
  | 'method'
  | 'connectionId'
  | 'amr'
  | 'authenticatedAt'
  | 'createdAt'
  | 'lastUsedAt'
  | 'idleSeconds'
  | 'expiresAt'
  | 'ip'
  | 'userAgent'
> & { readonly connectionName: string | null };

const LIVE = `s.ended_at is null and s.expires_at > now()
     and s.last_used_at + make_interval(secs => s.idle_seconds) > now()`;

const LIST = `
  select s.id, s.method, s.connection_id as "connectionId", c.name as "connectionName", s.amr,
         s.authenticated_at as "authenticatedAt", s.created_at as "createdAt", s.last_used_at as "lastUsedAt",
         s.idle_seconds as "idleSeconds", s.expires_at as "expiresAt", s.ip, s.user_agent as "userAgent"
    from sessions s left join sso_connections c on c.id = s.connection_id
   where s.member_id = $1 and ${LIVE} and ($2::uuid is null or s.id < $2)
   order by s.id desc limit $3`;

/** Lists and ends the live sessions of members of the current workspace, for the member or an admin. */
@Injectable()
export class MemberSessions {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  /** Newest first; one more than the page holds. */
  list(memberId: string, { limit, cursor }: PageQuery): Promise<ShownSession[]> {
    return this.database.query(LIST, [memberId, cursor ? decodeCursor(cursor) : null, limit + 1]);
  }

  /** As list(). Throws NotFound for somebody who is no member here. */
  async listOf(memberId: string, query: PageQuery): Promise<ShownSession[]> {
    await this.refuseUnknown(memberId);
    return this.list(memberId, query);
  }

  /** Ends one session. Throws NotFound when it is unknown, belongs to another member or has ended already. */
  async end(memberId: string, id: string, reason: string): Promise<void> {
    const ended = await this.database.query(
      `update sessions set ended_at = now(), end_reason = $3
        where id = $1 and member_id = $2 and ended_at is null returning id`,
      [id, memberId, reason],
    );
    if (ended.length === 0) throw new NotFound('Session');
    this.record(memberId, id, reason);
  }

  /**
   * Ends all sessions of a member except `except`, and their pending second-factor challenges and sign-in codes.
   * Returns the number of sessions. Throws NotFound for an id that is not a member.
   */
  async endAll(memberId: string, reason: string, except: string | null = null): Promise<number> {
    await this.hold(memberId);
    // Same order of locks as everywhere, to avoid deadlocks: challenges and codes, the advisory lock of sessions,
    // sessions.
    for (const table of ['mfa_challenges', 'sign_in_codes']) {
      await this.database.query(
        `update ${table} set consumed_at = now() where member_id = $1 and consumed_at is null`,
        [memberId],
      );
    }
    await this.database.query(SHARE_TURN);
    const ended = await this.database.query<{ id: string }>(
      `update sessions s set ended_at = now(), end_reason = $2
        where s.member_id = $1 and s.id is distinct from $3 and ${LIVE} returning s.id`,
      [memberId, reason, except],
    );
    for (const { id } of ended) this.record(memberId, id, reason);
    if (ended.length === 0) this.trail.nothingChanged();
    return ended.length;
  }

  private async refuseUnknown(memberId: string): Promise<void> {
    const known = await this.database.query('select 1 from members where id = $1', [memberId]);
    if (known.length === 0) throw new NotFound('Member');
  }

  /** Whoever is about to get a session holds the member too: they are waited for, and their session is found. */
  private async hold(memberId: string): Promise<void> {
    const held = await this.database.query('select 1 from members where id = $1 for no key update', [
      memberId,
    ]);
    if (held.length === 0) throw new NotFound('Member');
  }

  private record(memberId: string, id: string, reason: string): void {
    this.trail.record({
      type: 'auth.session_ended',
      target: { type: 'session', id },
      data: { reason, memberId },
    });
  }
}

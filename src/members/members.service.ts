import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import type { Role } from '../access/permissions';
import type { Principal } from '../access/principal';
import { AuditTrail } from '../audit/audit-trail';
import { Database } from '../database/database';
import { decodeCursor, type PageQuery } from '../http/page';
import { Conflict, NotFound } from '../http/problems';
import { refuseAboveOwn } from './granting';
import { Member } from './member.entity';
import { readMemberFilter } from './member-filter';

/** The people of the workspace in flight. */
@Injectable()
export class MembersService {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  /** The live member who is this user here. */
  async findLiveByUser(userId: string): Promise<Member | undefined> {
    return (await this.members.findOneBy({ userId, removedAt: IsNull() })) ?? undefined;
  }

  /**
   * The member with this id, unless removed. A removal waits until this transaction ends, and then finds whatever
   * it opened: nothing is opened for somebody who is on the way out.
   */
  async holdLive(id: string): Promise<Member | undefined> {
    const lock = { mode: 'pessimistic_read' } as const;
    return (await this.members.findOne({ where: { id, removedAt: IsNull() }, lock })) ?? undefined;
  }

  /** As holdLive(), and alone: others who hold the member wait as well. */
  async holdLiveAlone(id: string): Promise<Member | undefined> {
    const lock = { mode: 'for_no_key_update' } as const;
    return (await this.members.findOne({ where: { id, removedAt: IsNull() }, lock })) ?? undefined;
  }

  /** Newest first, removed ones too unless the filter says otherwise; one row more than the page holds. */
  async list({ limit, cursor, filter }: PageQuery & { filter?: string }): Promise<Member[]> {
    const query = this.members
      .createQueryBuilder('member')
      .orderBy('member.id', 'DESC')
      .limit(limit + 1);
    if (filter !== undefined) {
      const { sql, parameters } = readMemberFilter(filter);
      query.andWhere(sql, parameters);
    }
    if (cursor) query.andWhere('member.id < :cursor', { cursor: decodeCursor(cursor) });
    return query.getMany();
  }

  /** The member with this id, also when removed. Throws NotFound. */
  async get(id: string): Promise<Member> {
    const member = await this.members.findOneBy({ id });
    if (!member) throw new NotFound('Member');
    return member;
  }

  /** When each of these members last used a session; those never seen are not in the map. */
  async lastSeen(ids: readonly string[]): Promise<ReadonlyMap<string, Date>> {
    const rows = await this.database.query<{ member_id: string; at: Date }>(
      'select member_id, max(last_used_at) as at from sessions where member_id = any($1) group by member_id',
      [ids],
    );
    return new Map(rows.map(({ member_id, at }) => [member_id, at]));
  }

  /**
   * Changes role and approver of a live member. Throws NotFound, 403 `role_above_own`, 409 `member_removed`,
   * 409 `last_admin`.
   */
  async update(caller: Principal, id: string, changes: { role?: Role; approver?: boolean }): Promise<Member> {
    const before = await this.lock(id);
    if (before.removedAt) throw new Conflict('member_removed', 'This member is removed; restore them first.');
    const after = { role: changes.role ?? before.role, approver: changes.approver ?? before.approver };
    if (after.role === before.role && after.approver === before.approver) {
      this.trail.nothingChanged();
      return before;
    }
    if (after.role !== before.role) refuseAboveOwn(caller, after.role);
    await this.members.update({ id }, { ...after, updatedAt: () => 'now()' });
    this.trail.record({
      type: 'workspace.member_updated',
      target: { type: 'member', id },
      data: { email: before.email, before: { role: before.role, approver: before.approver }, after },
    });
    if (after.role === 'admin') this.noteNewAdmin(before, before.role);
    return this.get(id);
  }

  /**
   * Takes a member out, by whichever road: with the same statement the database ends every session and settles the
   * API keys by the workspace's policy. Answers whether it was this call that did it; the event is the caller's.
   * Throws NotFound, 409 `last_admin`.
   */
  async remove(id: string, reason: string): Promise<{ member: Member; changed: boolean }> {
    const { affected } = await this.members.update(
      { id, removedAt: IsNull() },
      { removedAt: () => 'now()', removalReason: reason, updatedAt: () => 'now()' },
    );
    return { member: await this.get(id), changed: affected === 1 };
  }

  /**
   * Lets a removed member in again, with the role of before. Sessions and keys that ended stay ended. Throws
   * NotFound, 403 `role_above_own`, 409 `conflict` when somebody else has the address by now.
   */
  async restore(caller: Principal, id: string): Promise<Member> {
    const before = await this.lock(id);
    if (!before.removedAt) {
      this.trail.nothingChanged();
      return before;
    }
    refuseAboveOwn(caller, before.role);
    // A directory sees the member again, or it could never deactivate them.
    const back = { removedAt: null, removalReason: null, scimDeletedAt: null };
    await this.members.update({ id }, { ...back, updatedAt: () => 'now()' });
    this.trail.record({
      type: 'workspace.member_restored',
      target: { type: 'member', id },
      data: { email: before.email, role: before.role, removedAt: before.removedAt },
    });
    if (before.role === 'admin') this.noteNewAdmin(before, null);
    return this.get(id);
  }

  private noteNewAdmin({ id, email }: Member, before: Role | null): void {
    this.trail.record({
      type: 'auth.role_escalated',
      target: { type: 'member', id },
      data: { email, before: { role: before }, after: { role: 'admin' } },
    });
  }

  private async lock(id: string): Promise<Member> {
    const member = await this.members.findOne({ where: { id }, lock: { mode: 'for_no_key_update' } });
    if (!member) throw new NotFound('Member');
    return member;
  }

  private get members() {
    return this.database.repository(Member);
  }
}

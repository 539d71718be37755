import { Injectable } from '@nestjs/common';
import type { Role } from '../access/permissions';
import { AuditTrail } from '../audit/audit-trail';
import { Database } from '../database/database';
import { prepared } from '../database/statement';
import { together } from '../database/together';
import { Conflict } from '../http/problems';
import type { Foretold } from './grants/role-sync.service';
import { endedByArrival, waitingFor } from './invitations/ended-invitations';
import { UsersService } from './users.service';

/** A person whom the identity provider of this workspace has authenticated, with an address in a verified domain. */
export interface Joiner {
  /** In lower case, of a domain that the workspace in flight has verified. */
  readonly email: string;
  /** The role for people whom no rule matches. */
  readonly defaultRole: Role;
  /** What the rules give, if any matches. */
  readonly mapped?: Foretold | undefined;
  readonly displayName?: string | undefined;
  readonly givenName?: string | undefined;
  readonly familyName?: string | undefined;
  readonly department?: string | undefined;
}

/** A member as far as a sign-in must know. */
export interface JoinedMember {
  readonly id: string;
  readonly userId: string;
  readonly email: string;
  readonly removed: boolean;
}

const MEMBER = `select m.id, m.user_id as "userId", m.email, m.removed_at is not null as removed from members m`;

/** The member together with their grants, so that the first request finds both. */
const JOIN = `
  with joined as (
    insert into members (user_id, email, user_name, role, source, display_name, given_name, family_name, department, approver)
    values ($1, $2, $2, $3, 'jit', $4, $5, $6, $7, $8) on conflict do nothing returning id
  ), fallback as (
    insert into member_grants (member_id, kind, origin, role, approver)
    select id, 'default', 'sign_in', $9, false from joined
  ), mapped as (
    insert into member_grants (member_id, kind, origin, role, approver, rule, approver_rule, author_id)
    select joined.id, w.kind, 'rules', w.role, w.approver, w.rule, w."approverRule", w."authorId"
      from joined, jsonb_to_record($10::jsonb) as w(kind text, role text, approver boolean, rule jsonb, "approverRule" jsonb,
                                             "authorId" uuid)
     where $10::jsonb is not null
  ), ended as (
    update invitations set revoked_at = now() where ${waitingFor('$2')} and exists (select from joined) returning id
  )
  select id, (select id from ended) as invitation from joined`;

/** Locked before the user, as accepting the invitation does: in another order the two could deadlock. */
const HOLD_INVITATION = `select id from invitations where ${waitingFor('$1')} for update`;

const PROVED = 'select u.id from users u where u.email = $1 and u.email_claimed';

/**
 * Two index look-ups find the id; as a single condition PostgreSQL would scan all members. The outer query tests the
 * row again after locking it. Collation C is that of the index on email.
 */
const BY_EMAIL = prepared(
  'member_by_email',
  `${MEMBER} where m.id = (
       select id from (
         select id, email, scim_deleted_at from members where email collate "C" = $1
         union all select id, email, scim_deleted_at from members where user_id = (${PROVED})) as candidate
        order by email = $1 desc, scim_deleted_at desc nulls first limit 1)
     and (m.email = $1 or m.user_id = (${PROVED}))
     for no key update of m`,
);

/** How people become members of the workspace in flight by signing in through its identity provider. */
@Injectable()
export class MemberJoiningService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly trail: AuditTrail,
  ) {}

  /** The member with this id, also when removed. As everybody found here, nobody removes them meanwhile. */
  async findById(id: string): Promise<JoinedMember | undefined> {
    const [member] = await this.database.query<JoinedMember>(`${MEMBER} where m.id = $1 for share`, [id]);
    return member;
  }

  /** As `findById`, and locks the row. */
  async findForChange(id: string): Promise<JoinedMember | undefined> {
    const [member] = await this.database.query<JoinedMember>(`${MEMBER} where m.id = $1 for no key update`, [
      id,
    ]);
    return member;
  }

  /**
   * The member with this address, or the member under another address whose user has proven this one. Also removed
   * members, so that a removed person cannot come back as a new member.
   */
  async findByEmail(email: string): Promise<JoinedMember | undefined> {
    const [member] = await this.database.query<JoinedMember>(BY_EMAIL, [email]);
    return member;
  }

  /**
   * Makes a person a member, with the user who has proven the address or a new one. `made` is false when a directory
   * has added the member a moment earlier. Throws 409 `member_conflict` when the address is another member's userName.
   */
  async join(joiner: Joiner): Promise<{ member: JoinedMember; made: boolean }> {
    const [, userId] = await together(
      this.database.query(HOLD_INVITATION, [joiner.email]),
      this.users.claim(joiner.email, { name: joiner.displayName ?? null }),
    );
    const { mapped, defaultRole } = joiner;
    const [row] = await this.database.query<{ id: string; invitation: string | null }>(JOIN, [
      userId,
      joiner.email,
      mapped?.role ?? defaultRole,
      joiner.displayName ?? null,
      joiner.givenName ?? null,
      joiner.familyName ?? null,
      joiner.department ?? null,
      mapped?.approver ?? false,
      defaultRole,
      mapped ? JSON.stringify(mapped.grant) : null,
    ]);
    // Another transaction may have added the same person meanwhile.
    const member = row ? await this.findById(row.id) : await this.findByEmail(joiner.email);
    if (!member) throw new Conflict('member_conflict', 'Another member has this address as user name.');
    if (row) this.record(member, joiner);
    if (row?.invitation) this.trail.record(endedByArrival(row.invitation, joiner.email, member.id));
    return { member, made: row !== undefined };
  }

  private record({ id, userId, email }: JoinedMember, { mapped, defaultRole }: Joiner): void {
    const actor = { type: 'user', id: userId, email } as const;
    const target = { type: 'member', id };
    const role = mapped?.role ?? defaultRole;
    const data = { email, role, source: 'jit', ...(mapped && { rule: mapped.grant.rule }) };
    this.trail.record({ type: 'workspace.member_joined', target, data, actor });
    if (role === 'admin') this.trail.record({ type: 'auth.role_escalated', target, data, actor });
  }
}

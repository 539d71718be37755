import { Injectable } from '@nestjs/common';
import type { Role } from '../access/permissions';
import { AuditTrail } from '../audit/audit-trail';
import { Database } from '../database/database';
import { Conflict } from '../http/problems';
import { UsersService } from './users.service';

/** Somebody of whom the identity provider of this workspace told, at an address this workspace speaks for. */
export interface Joiner {
  /** In lower case, of a domain that the workspace in flight has verified. */
  readonly email: string;
  readonly role: Role;
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

  /**
   * Whoever has this address here, or is here under another one but has proved this one; also when removed, so
   * that nobody who was shown out comes back in as somebody new.
   */
  async findByEmail(email: string): Promise<JoinedMember | undefined> {
    const [member] = await this.database.query<JoinedMember>(
      `${MEMBER} where m.email = $1
            or m.user_id = (select u.id from users u where u.email = $1 and u.email_claimed)
         order by m.email = $1 desc, m.scim_deleted_at desc nulls first limit 1 for share of m`,
      [email],
    );
    return member;
  }

  /**
   * Makes a member of somebody who is none, on the user who proved the address or on a new one. Throws 409
   * `member_conflict` when the address is another member's user name.
   */
  async join(joiner: Joiner): Promise<JoinedMember> {
    const userId = await this.users.claim(joiner.email, { name: joiner.displayName ?? null });
    const [row] = await this.database.query<{ id: string }>(
      `insert into members (user_id, email, user_name, role, source, display_name, given_name, family_name, department)
       values ($1, $2, $2, $3, 'jit', $4, $5, $6, $7) on conflict do nothing returning id`,
      [
        userId,
        joiner.email,
        joiner.role,
        joiner.displayName ?? null,
        joiner.givenName ?? null,
        joiner.familyName ?? null,
        joiner.department ?? null,
      ],
    );
    // Somebody else may have added the same person a moment ago.
    const member = row ? await this.findById(row.id) : await this.findByEmail(joiner.email);
    if (!member) throw new Conflict('member_conflict', 'Another member has this address as user name.');
    if (row) this.record(member, joiner);
    return member;
  }

  private record({ id, userId, email }: JoinedMember, { role }: Joiner): void {
    const actor = { type: 'user', id: userId, email } as const;
    const target = { type: 'member', id };
    const data = { email, role, source: 'jit' };
    this.trail.record({ type: 'workspace.member_joined', target, data, actor });
    if (role === 'admin') this.trail.record({ type: 'auth.role_escalated', target, data, actor });
  }

  /** The database lets one of two claims at once through; the other waits for it and finds it. */
}

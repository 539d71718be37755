import { Injectable } from '@nestjs/common';
import { IsNull, LessThan } from 'typeorm';
import type { Role } from '../../access/permissions';
import type { ApiKeyPrincipal, UserPrincipal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { issueCredential } from '../../crypto/credential';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { decodeCursor, type PageQuery } from '../../http/page';
import { Conflict, NotFound } from '../../http/problems';
import { refuseAboveOwn } from '../granting';
import { Invitation } from './invitation.entity';
import { returnOfInvited } from './return-of-invited';

const LIFETIME = 7 * 86_400_000;

export type Inviter = UserPrincipal | ApiKeyPrincipal;

export interface Offer {
  readonly email: string;
  readonly role: Role;
  readonly approver?: boolean | undefined;
}

export interface IssuedInvitation {
  readonly invitation: Invitation;
  /** For the mail alone: whoever holds it can take the address for theirs. */
  readonly token: string;
}

/** The invitations of the workspace in flight. */
@Injectable()
export class InvitationsService {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  /** Newest first, closed ones too; one row more than the page holds. */
  list({ limit, cursor }: PageQuery): Promise<Invitation[]> {
    return this.invitations.find({
      where: cursor ? { id: LessThan(decodeCursor(cursor)) } : {},
      order: { id: 'DESC' },
      take: limit + 1,
    });
  }

  /** Those that were neither accepted nor revoked, newest first: at most so many. */
  open(most: number): Promise<Invitation[]> {
    const where = { acceptedAt: IsNull(), revokedAt: IsNull() };
    return this.invitations.find({ where, order: { id: 'DESC' }, take: most });
  }

  /** Throws 403 `role_above_own`, 409 `already_member`, 409 `address_of_another`, 409 `already_invited`. */
  async create(inviter: Inviter, { email, role, approver = false }: Offer): Promise<IssuedInvitation> {
    refuseAboveOwn(inviter, role);
    await this.refuseMembers(email);
    await returnOfInvited(this.database, email, { toAdmin: true });
    await this.closeExpired(email);
    const id = uuidV7();
    const { text, hash } = issueCredential('ghi', this.database.workspaceId, id);
    const expiresAt = new Date(Date.now() + LIFETIME);
    const inserted = await this.invitations
      .createQueryBuilder()
      .insert()
      .values({ id, email, role, approver, secretHash: hash, invitedBy: memberOf(inviter), expiresAt })
      .orIgnore()
      .returning('id')
      .execute();
    if ((inserted.raw as unknown[]).length === 0) {
      throw new Conflict(
        'already_invited',
        'This address has an open invitation; resend or revoke that one.',
      );
    }
    this.trail.record({
      type: 'workspace.member_invited',
      target: { type: 'invitation', id },
      data: { email, role, approver, expiresAt },
    });
    return { invitation: await this.get(id), token: text };
  }

  /** A new link in place of the old one, for as long again. Throws NotFound, 403, 409 `invitation_closed`. */
  async resend(inviter: Inviter, id: string): Promise<IssuedInvitation> {
    const before = await this.get(id);
    refuseAboveOwn(inviter, before.role);
    const { text, hash } = issueCredential('ghi', this.database.workspaceId, id);
    // Before the invitation, as their departure holds them: in the other order each would wait for the other.
    await this.database.query('select from members where id = $1 for share', [memberOf(inviter)]);
    const { affected } = await this.invitations.update(
      { id, acceptedAt: IsNull(), revokedAt: IsNull() },
      { secretHash: hash, expiresAt: new Date(Date.now() + LIFETIME), invitedBy: memberOf(inviter) },
    );
    if (!affected) throw new Conflict('invitation_closed', 'This invitation was accepted or revoked.');
    this.trail.record({
      type: 'workspace.invitation_resent',
      target: { type: 'invitation', id },
      data: { email: before.email, role: before.role },
    });
    return { invitation: await this.get(id), token: text };
  }

  /** Throws NotFound, 409 `invitation_closed` for one that was accepted. */
  async revoke(id: string): Promise<void> {
    const { affected } = await this.invitations.update(
      { id, acceptedAt: IsNull(), revokedAt: IsNull() },
      { revokedAt: () => 'now()' },
    );
    const { email, acceptedAt } = await this.get(id);
    if (acceptedAt)
      throw new Conflict('invitation_closed', 'This invitation was accepted: remove the member instead.');
    if (!affected) return this.trail.nothingChanged();
    this.trail.record({
      type: 'workspace.invitation_revoked',
      target: { type: 'invitation', id },
      data: { email },
    });
  }

  private async get(id: string): Promise<Invitation> {
    const invitation = await this.invitations.findOneBy({ id });
    if (!invitation) throw new NotFound('Invitation');
    return invitation;
  }

  private async refuseMembers(email: string): Promise<void> {
    const [member] = await this.database.query(
      `select 1 from members m where m.removed_at is null and m.email collate "C" = $1
       union all
       select 1 from members m where m.removed_at is null
          and m.user_id = (select u.id from users u where u.email = $1 and u.email_claimed)`,
      [email],
    );
    if (member) throw new Conflict('already_member', 'This person is a member already.');
  }

  /** One that ran out does not stand in the way of a new one. */
  private async closeExpired(email: string): Promise<void> {
    await this.database.query(
      `update invitations set revoked_at = now()
        where email = $1 and accepted_at is null and revoked_at is null and expires_at <= now()`,
      [email],
    );
  }

  private get invitations() {
    return this.database.repository(Invitation);
  }
}

/** Who stands for it: the person, or whoever made the key. */
function memberOf(inviter: Inviter): string {
  return inviter.kind === 'user' ? inviter.memberId : inviter.createdBy;
}

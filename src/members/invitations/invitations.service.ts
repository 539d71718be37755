import { Injectable } from '@nestjs/common';
import { IsNull, LessThan } from 'typeorm';
import type { Role } from '../../access/permissions';
import type { ApiKeyPrincipal, UserPrincipal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { DAY_MS } from '../../config/durations';
import { issueCredential } from '../../crypto/credential';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { decodeCursor, type PageQuery } from '../../http/page';
import { Conflict, NotFound } from '../../http/problems';
import { refuseAboveOwn } from '../granting';
import { nobodysYet } from './adoption';
import { Invitation } from './invitation.entity';
import { returnOfInvited } from './return-of-invited';

const LIFETIME_MS = 7 * DAY_MS;

export type Inviter = UserPrincipal | ApiKeyPrincipal;

export interface Offer {
  readonly email: string;
  readonly role: Role;
  readonly approver?: boolean | undefined;
}

export interface IssuedInvitation {
  readonly invitation: Invitation;
  /** The link's secret. Goes into the mail only: its holder can prove the address. */
  readonly token: string;
}

/** The invitations of the current workspace. */
@Injectable()
export class InvitationsService {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  /** All invitations, newest first; one row more than the page holds. */
  list({ limit, cursor }: PageQuery): Promise<Invitation[]> {
    return this.invitations.find({
      where: cursor ? { id: LessThan(decodeCursor(cursor)) } : {},
      order: { id: 'DESC' },
      take: limit + 1,
    });
  }

  /** The `most` newest invitations that were neither accepted nor revoked. */
  open(most: number): Promise<Invitation[]> {
    const where = { acceptedAt: IsNull(), revokedAt: IsNull() };
    return this.invitations.find({ where, order: { id: 'DESC' }, take: most });
  }

  /**
   * Creates an invitation; its event is recorded, its mail is for the caller to send. Throws 403 `role_above_own`,
   * 409 `already_member`, 409 `address_of_another`, 409 `already_invited`.
   */
  async create(inviter: Inviter, { email, role, approver = false }: Offer): Promise<IssuedInvitation> {
    refuseAboveOwn(inviter, role);
    await this.refuseMembers(email, false);
    await returnOfInvited(this.database, email, { toAdmin: true });
    await this.closeExpired(email);
    const id = uuidV7();
    const { text, hash } = issueCredential('ghi', this.database.workspaceId, id);
    const expiresAt = new Date(Date.now() + LIFETIME_MS);
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

  /**
   * Replaces the link and extends the invitation by its full lifetime. Throws NotFound, 403 `role_above_own`, 409
   * `invitation_closed`, and, because that link could not be accepted, 409 `already_member` and 409
   * `address_of_another`.
   */
  async resend(inviter: Inviter, id: string): Promise<IssuedInvitation> {
    const before = await this.get(id);
    refuseAboveOwn(inviter, before.role);
    const { text, hash } = issueCredential('ghi', this.database.workspaceId, id);
    // The inviter is locked before the invitation, in the order in which removing them does; otherwise the two could
    // deadlock.
    await this.database.query('select from members where id = $1 for share', [memberOf(inviter)]);
    const { affected } = await this.invitations.update(
      { id, acceptedAt: IsNull(), revokedAt: IsNull() },
      { secretHash: hash, expiresAt: new Date(Date.now() + LIFETIME_MS), invitedBy: memberOf(inviter) },
    );
    if (!affected) throw new Conflict('invitation_closed', 'This invitation was accepted or revoked.');
    await this.refuseMembers(before.email, true);
    await returnOfInvited(this.database, before.email, { toAdmin: true });
    this.trail.record({
      type: 'workspace.invitation_resent',
      target: { type: 'invitation', id },
      data: { email: before.email, role: before.role },
    });
    return { invitation: await this.get(id), token: text };
  }

  /**
   * Revokes an invitation. Does nothing if it is revoked already. Throws NotFound, and 409 `invitation_closed` if it
   * was accepted.
   */
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

  /**
   * Throws 409 `already_member`. With `orAdopted`, a member whom a directory created and whom the invited person
   * would become is no obstacle.
   */
  private async refuseMembers(email: string, orAdopted: boolean): Promise<void> {
    const [member] = await this.database.query(
      `with proved as (select id from users where email = $1 and email_claimed), live as (
         select id, user_id, email from members where removed_at is null and email collate "C" = $1
          union all
         select id, user_id, email from members
          where removed_at is null and user_id = (select id from proved)
       )
       select 1 from live m join users u on u.id = m.user_id
        where not ($2 and ${nobodysYet('(select id from proved)')})`,
      [email, orAdopted],
    );
    if (member) throw new Conflict('already_member', 'This person is a member already.');
  }

  /** Revokes an expired invitation to this address, so that a new one can be created. */
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

/** The member behind the caller: the person, or the creator of the API key. */
function memberOf(inviter: Inviter): string {
  return inviter.kind === 'user' ? inviter.memberId : inviter.createdBy;
}

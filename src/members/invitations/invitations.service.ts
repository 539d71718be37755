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
   * A new link in place of the old one, for as long again. Throws NotFound, 403, 409 `invitation_closed`, and as `create`
   * 409 `already_member`, `address_of_another`: nobody is mailed a link that they cannot accept.
   */
  async resend(inviter: Inviter, id: string): Promise<IssuedInvitation> {
    const before = await this.get(id);
    refuseAboveOwn(inviter, before.role);
    const { text, hash } = issueCredential('ghi', this.database.workspaceId, id);
    // Before the invitation, as their departure holds them: in the other order each would wait for the other.
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

  /** `orAdopted`: whom a directory made of the address since may be left for the invited person to become. */
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

import { Injectable } from '@nestjs/common';
import { permissionsOf, type Role, ROLES } from '../../access/permissions';
import { AuditTrail } from '../../audit/audit-trail';
import { type PresentedCredential, readCredential, sameHash } from '../../crypto/credential';
import { Database } from '../../database/database';
import { BadRequest, Conflict, Forbidden } from '../../http/problems';
import { AccessStore } from '../grants/access-store.service';
import { RoleSync } from '../grants/role-sync.service';
import { Member } from '../member.entity';
import { UsersService } from '../users.service';
import { nobodysYet } from './adoption';
import { Invitation } from './invitation.entity';
import { returnOfInvited } from './return-of-invited';

/** What an open invitation says to whoever holds its link. */
export interface OpenInvitation {
  readonly email: string;
  readonly role: Role;
  readonly workspaceName: string;
  readonly workspaceSlug: string;
  /** Whether the workspace's policy requires a second factor for this role. */
  readonly asksForFactor: boolean;
  /** The user who has proven this address; null if nobody has. */
  readonly userId: string | null;
  /** The password hash of that user, if they have one. */
  readonly passwordHash: string | null;
  /**
   * The identity provider through which this person signs in: set if the address is in a verified domain or the
   * workspace enforces SSO.
   */
  readonly connection: SignInConnection | null;
  /** Whether the workspace allows sign-in through its identity provider only. */
  readonly ssoEnforced: boolean;
}

/** The parts of a connection that the sign-in page needs. */
export interface SignInConnection {
  readonly id: string;
  readonly name: string;
  readonly type: string;
}

/** What the invited person submits. */
export interface Newcomer {
  /** Used only if the account has no password yet. */
  readonly passwordHash?: string | undefined;
  /** The password is short, so it must not sign in without a second factor. */
  readonly passwordNeedsFactor?: boolean | undefined;
  readonly name?: string | undefined;
}

export interface AcceptedInvitation {
  readonly workspace: { readonly id: string; readonly slug: string; readonly name: string };
  readonly member: Pick<Member, 'id' | 'userId' | 'email' | 'displayName' | 'role' | 'approver'>;
}

interface Facts extends Omit<OpenInvitation, 'email' | 'role'> {
  readonly isOwnDomain: boolean;
}

const FACTS = `
  select w.name as "workspaceName", w.slug as "workspaceSlug", u.id as "userId", u.password_hash as "passwordHash",
         p.sso_enforced as "ssoEnforced",
         p.mfa_required = 'all' or p.mfa_required = 'admins' and $2 = 'admin' as "asksForFactor",
         exists (select from verified_domains d where d.workspace_id = w.id and d.domain = split_part($1, '@', 2))
           as "isOwnDomain",
         (select jsonb_build_object('id', c.id, 'name', c.name, 'type', c.type) from sso_connections c
           where c.status = 'active' order by c.id limit 1) as connection
    from workspaces w join workspace_policies p on p.workspace_id = w.id
    left join users u on u.email = $1 and u.email_claimed
   where w.id = current_workspace_id()`;

/** $1: the member's id, $2: the user's id. */
const ADOPT = `
  update members m set user_id = $2, updated_at = now() from users u
   where m.id = $1 and u.id = m.user_id and ${nobodysYet('$2')}
   returning m.id`;

const unknownLink = (): BadRequest =>
  new BadRequest(
    'invitation_invalid',
    'This invitation link is wrong, or a newer one was sent: open the one in the latest mail, or ask for another.',
  );

export const passwordAlreadySet = (): Conflict =>
  new Conflict(
    'password_already_set',
    'This address has an account with another password: leave the password out, or give that one.',
  );

export const providerAlone = (): Forbidden =>
  new Forbidden(
    'People of this workspace sign in through their identity provider: leave the password out.',
    'sso_required',
  );

/**
 * Turns the link of an invitation into a membership. Holding the link proves that one reads the mail of that address,
 * so the user who accepts becomes the one who is found by it.
 */
@Injectable()
export class InvitationAcceptanceService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly grants: AccessStore,
    private readonly roles: RoleSync,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * What the invitation offers. Opens its own transaction, as `accept` does. Throws 400 `invitation_invalid`, 409
   * `invitation_accepted`, 409 `invitation_revoked`, 409 `invitation_expired`.
   */
  async examine(token: string): Promise<OpenInvitation> {
    const presented = this.read(token);
    return this.database.inWorkspace(presented.workspaceId, async () => {
      const { email, role } = await this.findOpen(presented);
      const [facts] = await this.database.query<Facts>(FACTS, [email, role]);
      const { isOwnDomain, connection, ...known } = facts!;
      return { email, role, ...known, connection: isOwnDomain || known.ssoEnforced ? connection : null };
    });
  }

  /**
   * Accepts the invitation. Of concurrent calls exactly one succeeds; the others are told that it was accepted,
   * revoked, resent or has expired. Throws as `examine`, and 409 `already_member`, 409 `address_of_another`, 403
   * `sso_required`, 409 `password_already_set`.
   */
  async accept(token: string, newcomer: Newcomer): Promise<AcceptedInvitation> {
    const presented = this.read(token);
    return this.database.inWorkspace(presented.workspaceId, async () => {
      const { invitedBy } = await this.findOpen(presented);
      // The inviter is locked before the invitation, in the order in which removing them does. A concurrent demotion
      // waits for this transaction, or this one waits for it and then sees their new role.
      await this.database.query('select from members where id = $1 for share', [invitedBy]);
      const invitation = await this.findOpen(presented);
      if (!(await this.consume(presented))) {
        await this.findOpen(presented);
        throw unknownLink();
      }
      const userId = await this.claim(invitation.email, newcomer);
      const { member: joined, adopted } = await this.join(invitation, userId, newcomer.name);
      this.record(invitation, joined, adopted);
      await this.roles.welcomeBack(joined.id, joined.role);
      const member = await this.members.findOneByOrFail({ id: joined.id });
      const [workspace] = await this.database.query<AcceptedInvitation['workspace']>(
        'select id, slug, name from workspaces where id = current_workspace_id()',
      );
      return { workspace: workspace!, member };
    });
  }

  /** The parsed token of an invitation of this installation in any state; undefined if it was never issued. */
  async sent(token: string): Promise<PresentedCredential | undefined> {
    const presented = readCredential('ghi', token);
    if (!presented) return undefined;
    const { workspaceId, id, hash } = presented;
    const sent = await this.database.onceInWorkspace(
      workspaceId,
      'select from invitations where id = $1 and secret_hash = $2',
      [id, hash],
    );
    return sent.length > 0 ? presented : undefined;
  }

  private async consume({ id, hash }: PresentedCredential): Promise<boolean> {
    const consumed = await this.database.query(
      `update invitations set accepted_at = now()
        where id = $1 and secret_hash = $2 and accepted_at is null and revoked_at is null and expires_at > now()
        returning id`,
      [id, hash],
    );
    return consumed.length > 0;
  }

  /** Finds or creates the user of the address. Throws unless the submitted password, if any, became theirs. */
  private async claim(
    email: string,
    { name, passwordHash, passwordNeedsFactor = false }: Newcomer,
  ): Promise<string> {
    const given = { name: name ?? null, passwordHash: passwordHash ?? null, passwordNeedsFactor };
    const userId = await this.users.claim(email, given);
    if (!passwordHash) return userId;
    const [standing] = await this.database.query<{ isChosen: boolean; ssoEnforced: boolean }>(
      `select u.password_hash = $2 as "isChosen", p.sso_enforced as "ssoEnforced"
         from users u, workspace_policies p where u.id = $1 and p.workspace_id = current_workspace_id()`,
      [userId, passwordHash],
    );
    if (!standing!.isChosen) throw passwordAlreadySet();
    if (standing!.ssoEnforced) throw providerAlone();
    return userId;
  }

  private read(token: string): PresentedCredential {
    const presented = readCredential('ghi', token);
    if (!presented) throw unknownLink();
    return presented;
  }

  private async findOpen({ id, hash }: PresentedCredential): Promise<Invitation> {
    const invitation = await this.database
      .repository(Invitation)
      .createQueryBuilder('invitation')
      .addSelect('invitation.secretHash')
      .where({ id })
      .getOne();
    if (!invitation || !sameHash(invitation.secretHash, hash)) throw unknownLink();
    switch (invitation.status(new Date())) {
      case 'accepted':
        throw new Conflict('invitation_accepted', 'This invitation was accepted already: sign in.');
      case 'revoked':
        throw new Conflict(
          'invitation_revoked',
          'This invitation was revoked; ask whoever invited you for a new one.',
        );
      case 'expired':
        throw new Conflict('invitation_expired', 'This invitation has run out; ask for a new one.');
      case 'pending':
        await this.refuseWithoutInviter(invitation);
        return invitation;
    }
  }

  /** An inviter who was removed or demoted since must not let anybody in through an old link. */
  private async refuseWithoutInviter({ invitedBy, role }: Invitation): Promise<void> {
    const inviter = await this.members.findOneBy({ id: invitedBy });
    const mayInvite =
      inviter && !inviter.removedAt && permissionsOf(inviter.role, false).has('members:write');
    if (!mayInvite || ROLES.indexOf(inviter.role) > ROLES.indexOf(role)) {
      throw new Conflict(
        'invitation_revoked',
        'Whoever sent this invitation may not invite you any more; ask an admin for a new one.',
      );
    }
  }

  /** Creates the member, or lets a former member in again with the role of the invitation. */
  private async join(
    invitation: Invitation,
    userId: string,
    name: string | undefined,
  ): Promise<{ member: Member; adopted: boolean }> {
    const { email, role, approver } = invitation;
    const known = await this.members.find({
      where: [{ userId }, { email }],
      lock: { mode: 'for_no_key_update' },
    });
    const live = known.filter(({ removedAt }) => !removedAt);
    if (live.length > 0) return { member: await this.adopt(live, invitation, userId), adopted: true };
    const terms = { userId, email, role, approver, source: 'invitation' as const };
    const { formerId, userName } = await returnOfInvited(this.database, email, { toAdmin: false });
    if (!formerId) {
      const { identifiers } = await this.members.insert({ ...terms, userName, displayName: name ?? null });
      const { id } = identifiers[0] as { id: string };
      await this.grants.writeManual(id, 'invitation', terms, invitation.invitedBy);
      return { member: await this.members.findOneByOrFail({ id }), adopted: false };
    }
    const back = { removedAt: null, removalReason: null, scimDeletedAt: null, updatedAt: () => 'now()' };
    await this.members.update(
      { id: formerId },
      { ...terms, ...back, userName, ...(name ? { displayName: name } : {}) },
    );
    await this.grants.startOver(formerId, { role, approver, authorId: invitation.invitedBy });
    return { member: await this.members.findOneByOrFail({ id: formerId }), adopted: false };
  }

  /**
   * A directory has created a member with this address meanwhile, and nobody has signed in as them: the invited
   * person becomes that member. The grant of the invitation is added to those the member has.
   */
  private async adopt(live: readonly Member[], invitation: Invitation, userId: string): Promise<Member> {
    const [member, ...others] = live;
    const { email, role, approver, invitedBy } = invitation;
    const [adopted] =
      others.length > 0 || member!.email !== email
        ? []
        : await this.database.query(ADOPT, [member!.id, userId]);
    if (!adopted) throw new Conflict('already_member', 'You are a member already: sign in.');
    await this.grants.writeManual(member!.id, 'invitation', { role, approver }, invitedBy);
    return this.members.findOneByOrFail({ id: member!.id });
  }

  private record(
    { id: invitationId }: Invitation,
    { id, userId, email, role, approver }: Member,
    adopted: boolean,
  ): void {
    const actor = { type: 'user', id: userId, email } as const;
    const target = { type: 'member', id };
    this.trail.record({
      type: 'workspace.member_joined',
      actor,
      target,
      data: { email, role, approver, source: 'invitation', invitationId, ...(adopted && { adopted }) },
    });
    // An adopted member's change of role is recorded by AccessService, as every change of a role is.
    if (role !== 'admin' || adopted) return;
    this.trail.record({
      type: 'auth.role_escalated',
      actor,
      target,
      data: { email, before: { role: null }, after: { role }, invitationId },
    });
  }

  private get members() {
    return this.database.repository(Member);
  }
}

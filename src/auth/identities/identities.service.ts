import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import type { Role } from '../../access/permissions';
import { Problem } from '../../http/problems';
import { ruleReason } from '../../members/grants/access-explanation.service';
import type { MatchedRule } from '../../members/grants/role-rules';
import { RoleSync } from '../../members/grants/role-sync.service';
import { type JoinedMember, MemberJoiningService } from '../../members/member-joining.service';
import type { FederatedLogin, SigningConnection } from '../browser/federated-login';
import { Admission } from './admission.service';
import type { EmailAddress } from './email-address';
import { IdentityLinks } from './identity-links.service';
import { refusal } from './identity-refusals';
import { groupsToKeep } from './known-groups';

/** Who somebody at an identity provider is here. */
export interface ResolvedIdentity {
  readonly identityId: string;
  readonly member: JoinedMember;
  /** Whether this sign-in made the member. */
  readonly jit: boolean;
}

/** What would become of a sign-in. */
export interface Foreseen {
  /** Who somebody is here already. */
  readonly member?: { readonly id: string; readonly email: string };
  /** Whether they would become a member. */
  readonly jit: boolean;
  readonly role?: Role;
  readonly approver?: boolean;
  /** Why that role, to follow "because". */
  readonly why?: string;
  readonly rule?: MatchedRule | null;
  /** Why they would not be let in; then there is no role. */
  readonly refusal?: Problem;
}

/** Enough for every provider there is, and what an index of the database can hold. */
const MOST_BYTES = 1024;

/**
 * Who people of an identity provider are. An identity is (connection, issuer, subject): once linked, it stays the
 * same member whatever becomes of the address. An address counts at the first sign-in only, and only when its
 * domain is this workspace's own.
 */
@Injectable()
export class IdentitiesService {
  constructor(
    private readonly database: Database,
    private readonly links: IdentityLinks,
    private readonly members: MemberJoiningService,
    private readonly admission: Admission,
    private readonly roles: RoleSync,
  ) {}

  /**
   * Inside the transaction of the connection's workspace. Throws 403 `subject_invalid`, `member_removed`,
   * `email_missing`, `email_invalid`, `email_domain_not_verified`, `jit_disabled`, `jit_domain_not_allowed`,
   * `jit_no_mapping`.
   */
  async resolve(connection: SigningConnection, login: FederatedLogin): Promise<ResolvedIdentity> {
    refuseUnstorable(login.issuer, login.subject);
    return (await this.findKnown(connection, login)) ?? (await this.firstSignIn(connection, login));
  }

  /**
   * What `resolve` would come to, without doing any of it: who somebody is or would become, with which role and why,
   * or which refusal would be the answer. Inside the transaction of the connection's workspace.
   */
  async foresee(connection: SigningConnection, login: FederatedLogin): Promise<Foreseen> {
    try {
      refuseUnstorable(login.issuer, login.subject);
      const known = await this.links.find(connection.id, login);
      const email = known ? undefined : this.admission.readAddress(login);
      if (email) await this.refuseUnlessOurs(email);
      const member = known
        ? await this.members.findById(known.memberId)
        : await this.members.findByEmail(email!.address);
      if (!member && email) return await this.foreseeNewcomer(connection, login, email);
      if (!member || member.removed) throw refusal('member_removed', 'the member was removed');
      const access = await this.roles.foresee(member.id, {
        connectionId: connection.id,
        identityId: known?.id,
        groups: login.groupsOverage ? undefined : groupsToKeep(login.groups),
        department: login.department,
      });
      return { member: { id: member.id, email: member.email }, jit: false, ...access };
    } catch (failure) {
      if (failure instanceof Problem) return { jit: false, refusal: failure };
      throw failure;
    }
  }

  private async foreseeNewcomer(
    connection: SigningConnection,
    login: FederatedLogin,
    email: EmailAddress,
  ): Promise<Foreseen> {
    const { defaultRole, mapped } = await this.admission.termsFor(connection, login, email);
    if (!mapped) {
      const why = 'those who become members by signing in get it';
      return { jit: true, role: defaultRole, approver: false, why, rule: null };
    }
    const { role, approver, grant } = mapped;
    return { jit: true, role, approver, why: ruleReason(grant.rule), rule: grant.rule };
  }

  private async refuseUnlessOurs(email: EmailAddress): Promise<void> {
    if (!(await this.admission.speaksFor(email))) {
      throw refusal('email_domain_not_verified', `${email.domain} is not verified in this workspace`);
    }
  }

  /** Two statements, unless the provider says something new that rules may be about. */
  private async findKnown(
    connection: SigningConnection,
    login: FederatedLogin,
  ): Promise<ResolvedIdentity | undefined> {
    const known = await this.links.recognise(connection, login);
    if (!known) return undefined;
    const { id, memberId, factsChanged, overageBegan } = known;
    const member = factsChanged
      ? await this.members.findForChange(memberId)
      : await this.members.findById(memberId);
    if (!member || member.removed) {
      throw refusal('member_removed', 'the identity belongs to a removed member');
    }
    if (overageBegan) this.links.recordOverage(connection, login, memberId);
    if (factsChanged) await this.roles.sync(memberId, 'sign_in');
    return { identityId: id, member, jit: false };
  }

  private async firstSignIn(connection: SigningConnection, login: FederatedLogin): Promise<ResolvedIdentity> {
    const email = this.admission.readAddress(login);
    await this.refuseUnlessOurs(email);
    // Two first sign-ins of one person take turns; the second finds what the first one made.
    await this.database.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [
      `first sign-in|${connection.workspaceId}|${email.address}`,
    ]);
    await this.roles.takeTurn();
    const known = await this.findKnown(connection, login);
    if (known) return known;

    const { member, made } = await this.findOrJoin(connection, login, email);
    if (member.removed) throw refusal('member_removed', `${email.address} was removed`);
    const how = made ? 'first_sign_in' : 'verified_domain';
    const identityId = await this.links.linkSignedIn(connection, login, member, how);
    if (login.groupsOverage) this.links.recordOverage(connection, login, member.id);
    if (!made) await this.roles.sync(member.id, 'sign_in');
    return { identityId, member, jit: made };
  }

  private async findOrJoin(
    connection: SigningConnection,
    login: FederatedLogin,
    email: EmailAddress,
  ): Promise<{ member: JoinedMember; made: boolean }> {
    const here = await this.members.findByEmail(email.address);
    if (here) return { member: here, made: false };
    return this.admission.join(login, email, await this.admission.termsFor(connection, login, email));
  }
}

function refuseUnstorable(...names: string[]): void {
  const bad = names.find((name) => name.trim() === '' || Buffer.byteLength(name) > MOST_BYTES);
  if (bad !== undefined) throw refusal('subject_invalid', `${JSON.stringify(bad.slice(0, 100))}…`);
}

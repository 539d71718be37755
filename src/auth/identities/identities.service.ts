import { Injectable } from '@nestjs/common';
import { RoleSync } from '../../members/grants/role-sync.service';
import { type JoinedMember, MemberJoiningService } from '../../members/member-joining.service';
import type { FederatedLogin, SigningConnection } from '../browser/federated-login';
import { NewcomerAdmission } from './newcomer-admission.service';
import { type EmailAddress, readEmail } from './email-address';
import { IdentityLinks, type KnownIdentity } from './identity-links.service';
import { refusal } from './identity-refusals';
import { type AccountConflict, LinkProofs, type ReturnAddress } from '../linking/link-proofs.service';

/** Who somebody at an identity provider is here. */
export interface ResolvedIdentity {
  readonly identityId: string;
  readonly member: JoinedMember;
  /** Whether this sign-in made the member. */
  readonly jit: boolean;
}

/** What a first look answered: the identity, if it is linked already. */
export interface Recognised {
  readonly known: KnownIdentity | undefined;
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
    private readonly links: IdentityLinks,
    private readonly members: MemberJoiningService,
    private readonly admission: NewcomerAdmission,
    private readonly roles: RoleSync,
    private readonly proofs: LinkProofs,
  ) {}

  /**
   * Inside the transaction of the connection's workspace, which must end well for an AccountConflict too: that the
   * address is a member's, and the workspace does not speak for its domain, waits for a proof or an admin. Throws 403 `subject_invalid`, `member_removed`,
   * `email_missing`, `email_invalid`, `email_domain_not_verified`, `jit_disabled`, `jit_domain_not_allowed`,
   * `jit_no_mapping`.
   * @param recognised what `recognise` answered, where that was asked before
   */
  async resolve(
    connection: SigningConnection,
    login: FederatedLogin,
    request: ReturnAddress,
    recognised?: Recognised,
  ): Promise<ResolvedIdentity | AccountConflict> {
    const { known } = recognised ?? (await this.recognise(connection, login));
    if (known) return this.admitKnown(connection, login, known);
    return this.firstSignIn(connection, login, request);
  }

  /** The first look at who it is, in the transaction of the workspace. Throws 403 `subject_invalid`. */
  async recognise(connection: SigningConnection, login: FederatedLogin): Promise<Recognised> {
    refuseUnstorable(login.issuer, login.subject);
    return { known: await this.links.recognise(connection, login) };
  }

  /** Ahead of all else of somebody new who may become a member: their turn, and that of newcomers. */
  async takeTurn(login: FederatedLogin): Promise<void> {
    const email = readEmail(login.email ?? '');
    if (email) await this.links.takeTurn(email.address);
    await this.roles.takeTurn();
  }

  /**
   * Whoever has an address here that the workspace does not speak for. Throws 403 `email_domain_not_verified` when
   * nobody has, `member_removed`.
   */
  private async memberWithForeignAddress({ address, domain }: EmailAddress): Promise<JoinedMember> {
    const member = await this.members.findByEmail(address);
    if (!member) {
      throw refusal('email_domain_not_verified', `${domain} is not verified in this workspace`);
    }
    if (member.removed) throw refusal('member_removed', `${address} was removed`);
    return member;
  }

  /** No further statement, unless the provider says something new that rules may be about. */
  private async admitKnown(
    connection: SigningConnection,
    login: FederatedLogin,
    { id, memberId, factsChanged, overageBegan, member: held }: KnownIdentity,
  ): Promise<ResolvedIdentity> {
    const member = factsChanged ? await this.members.findForChange(memberId) : held;
    if (!member || member.removed) {
      throw refusal('member_removed', 'the identity belongs to a removed member');
    }
    if (overageBegan) this.links.recordOverage(connection, login, memberId);
    if (factsChanged) await this.roles.sync(memberId, 'sign_in');
    return { identityId: id, member, jit: false };
  }

  private async firstSignIn(
    connection: SigningConnection,
    login: FederatedLogin,
    request: ReturnAddress,
  ): Promise<ResolvedIdentity | AccountConflict> {
    const email = this.admission.readAddress(login);
    if (!(await this.admission.speaksFor(email))) {
      const member = await this.memberWithForeignAddress(email);
      return this.proofs.offer({ connection, login, email: email.address, memberId: member.id, request });
    }
    await this.links.takeTurn(email.address);
    await this.roles.takeTurn();
    const known = await this.links.recognise(connection, login);
    if (known) return this.admitKnown(connection, login, known);

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

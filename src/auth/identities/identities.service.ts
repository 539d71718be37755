import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { DomainsService } from '../../domains/domains.service';
import { Problem } from '../../http/problems';
import { type JoinedMember, MemberJoiningService } from '../../members/member-joining.service';
import { WorkspacePolicyService } from '../../workspaces/workspace-policy.service';
import type { FederatedLogin, SigningConnection } from '../browser/federated-login';
import { type EmailAddress, readEmail } from './email-address';

/** Who somebody at an identity provider is here. */
export interface ResolvedIdentity {
  readonly identityId: string;
  readonly member: JoinedMember;
  /** Whether this sign-in made the member. */
  readonly jit: boolean;
}

const REFUSALS = {
  subject_invalid: 'The identity provider did not name the person in a way that can be stored.',
  member_removed: 'You are no longer a member of this workspace.',
  email_missing: 'The identity provider did not send an email address.',
  email_invalid: 'What the identity provider sent as email address is none.',
  email_domain_not_verified: 'The workspace has not proved that the domain of your email address is its own.',
  jit_disabled: 'You are not a member of this workspace. Ask its admins to invite you.',
} as const;

/** Enough for every provider there is, and what an index of the database can hold. */
const MOST_BYTES = 1024;
const LONGEST_NAME = 256;

/**
 * Who people of an identity provider are. An identity is (connection, issuer, subject): once linked, it stays the
 * same member whatever becomes of the address. An address counts at the first sign-in only, and only when its
 * domain is this workspace's own.
 */
@Injectable()
export class IdentitiesService {
  constructor(
    private readonly database: Database,
    private readonly members: MemberJoiningService,
    private readonly domains: DomainsService,
    private readonly policies: WorkspacePolicyService,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Inside the transaction of the connection's workspace. Throws 403 `subject_invalid`, `member_removed`,
   * `email_missing`, `email_invalid`, `email_domain_not_verified`, `jit_disabled`.
   */
  async resolve(connection: SigningConnection, login: FederatedLogin): Promise<ResolvedIdentity> {
    refuseUnstorable(login.issuer, login.subject);
    return (await this.findKnown(connection, login)) ?? (await this.firstSignIn(connection, login));
  }

  private async findKnown(
    connection: SigningConnection,
    login: FederatedLogin,
  ): Promise<ResolvedIdentity | undefined> {
    const [known] = await this.database.query<{ id: string; member_id: string }>(
      `update identities set last_sign_in_at = now() where connection_id = $1 and issuer = $2 and subject = $3
       returning id, member_id`,
      [connection.id, login.issuer, login.subject],
    );
    if (!known) return undefined;
    const member = await this.members.findById(known.member_id);
    if (!member || member.removed)
      throw refusal('member_removed', 'the identity belongs to a removed member');
    return { identityId: known.id, member, jit: false };
  }

  private async firstSignIn(connection: SigningConnection, login: FederatedLogin): Promise<ResolvedIdentity> {
    const email = await this.trustedEmail(login);
    // Two first sign-ins of one person take turns; the second finds what the first one made.
    await this.database.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [
      `first sign-in|${connection.workspaceId}|${email.address}`,
    ]);
    const known = await this.findKnown(connection, login);
    if (known) return known;

    const here = await this.members.findByEmail(email.address);
    const member = here ?? (await this.admit(email, login));
    if (member.removed) throw refusal('member_removed', `${email.address} was removed`);
    return { identityId: await this.link(connection, login, member), member, jit: !here };
  }

  /** An identity provider speaks for the verified domains of its own workspace, and for no other address. */
  private async trustedEmail({ email: text }: FederatedLogin): Promise<EmailAddress> {
    if (!text?.trim()) throw refusal('email_missing', 'a first sign-in needs an address');
    const email = readEmail(text);
    if (!email) throw refusal('email_invalid', `the address is ${JSON.stringify(text.slice(0, 254))}`);
    if (!(await this.domains.isVerifiedHere(email.domain)))
      throw refusal('email_domain_not_verified', `${email.domain} is not verified in this workspace`);
    return email;
  }

  private async admit({ address }: EmailAddress, login: FederatedLogin): Promise<JoinedMember> {
    const { jitEnabled, jitDefaultRole } = await this.policies.current();
    if (!jitEnabled) throw refusal('jit_disabled', `${address} is no member`);
    const { displayName, givenName, familyName, department } = login;
    return this.members.join({
      email: address,
      role: jitDefaultRole,
      displayName: clipped(displayName ?? joined(givenName, familyName)),
      givenName: clipped(givenName),
      familyName: clipped(familyName),
      department: clipped(department),
    });
  }

  /**
   * A member whom this connection knew under another subject may have changed a name there, or the address may have
   * been given to somebody new: worth a look, so the event is of high risk.
   */
  private async link(
    connection: SigningConnection,
    { issuer, subject }: FederatedLogin,
    member: JoinedMember,
  ): Promise<string> {
    const before = await this.database.query<{ subject: string }>(
      'select subject from identities where connection_id = $1 and member_id = $2',
      [connection.id, member.id],
    );
    const [identity] = await this.database.query<{ id: string }>(
      `insert into identities (connection_id, issuer, subject, member_id, last_sign_in_at)
       values ($1, $2, $3, $4, now()) returning id`,
      [connection.id, issuer, subject, member.id],
    );
    this.trail.record({
      type: 'sso.identity_linked',
      target: { type: 'member', id: member.id },
      actor: { type: 'user', id: member.userId, email: member.email },
      data: { connectionId: connection.id, issuer, subject, otherSubjects: before.map((row) => row.subject) },
      ...(before.length > 0 ? { risk: 'high' as const } : {}),
    });
    return identity!.id;
  }
}

function refuseUnstorable(...names: string[]): void {
  const bad = names.find((name) => name.trim() === '' || Buffer.byteLength(name) > MOST_BYTES);
  if (bad !== undefined) throw refusal('subject_invalid', `${JSON.stringify(bad.slice(0, 100))}…`);
}

const clipped = (name: string | undefined): string | undefined => name?.slice(0, LONGEST_NAME);

function joined(givenName: string | undefined, familyName: string | undefined): string | undefined {
  return [givenName, familyName].filter(Boolean).join(' ') || undefined;
}

function refusal(code: keyof typeof REFUSALS, reason: string): Problem {
  return new Problem(403, code, REFUSALS[code], { reason });
}

import { Injectable } from '@nestjs/common';
import { DomainsService } from '../../domains/domains.service';
import type { Role } from '../../access/permissions';
import { type Foretold, RoleSync } from '../../members/grants/role-sync.service';
import { type JoinedMember, MemberJoiningService } from '../../members/member-joining.service';
import { WorkspacePolicyService } from '../../workspaces/workspace-policy.service';
import type { FederatedLogin, SigningConnection } from '../browser/federated-login';
import { type EmailAddress, readEmail } from './email-address';
import { refusal } from './identity-refusals';
import { groupsToKeep } from './known-groups';

/** What somebody becomes who may become a member by signing in. */
export interface Terms {
  readonly defaultRole: Role;
  readonly mapped: Foretold | undefined;
}

const LONGEST_NAME = 256;

/** Whether somebody of whom an identity provider speaks may become a member, and as what. */
@Injectable()
export class NewcomerAdmission {
  constructor(
    private readonly members: MemberJoiningService,
    private readonly domains: DomainsService,
    private readonly policies: WorkspacePolicyService,
    private readonly roles: RoleSync,
  ) {}

  /** Throws 403 `email_missing`, `email_invalid`. */
  readAddress({ email: text }: FederatedLogin): EmailAddress {
    if (!text?.trim()) throw refusal('email_missing', 'a first sign-in needs an address');
    const email = readEmail(text);
    if (!email) throw refusal('email_invalid', `the address is ${JSON.stringify(text.slice(0, 254))}`);
    return email;
  }

  /** An identity provider speaks for the verified domains of its own workspace, and for no other address. */
  speaksFor({ domain }: EmailAddress): Promise<boolean> {
    return this.domains.isVerifiedHere(domain);
  }

  /** Throws 403 `jit_disabled`, `jit_domain_not_allowed`, `jit_no_mapping`. Changes nothing. */
  async termsFor(
    connection: SigningConnection,
    login: FederatedLogin,
    { address, domain }: EmailAddress,
  ): Promise<Terms> {
    const policy = await this.policies.current();
    if (!policy.jitEnabled) throw refusal('jit_disabled', `${address} is no member`);
    if (policy.jitAllowedDomains.length > 0 && !policy.jitAllowedDomains.includes(domain)) {
      throw refusal('jit_domain_not_allowed', `${domain} is none of the domains that the policy allows`);
    }
    const mapped = await this.roles.foretell({
      idpGroups: [{ connectionId: connection.id, groups: groupsToKeep(login.groups) ?? [] }],
      scimGroups: [],
      department: login.department ?? null,
    });
    if (!mapped && policy.jitRequireMapping) {
      throw refusal('jit_no_mapping', `no rule matches ${address}`);
    }
    return { defaultRole: policy.jitDefaultRole, mapped };
  }

  /** Makes the member, unless somebody else just did. Throws 409 `member_conflict`. */
  join(
    login: FederatedLogin,
    { address }: EmailAddress,
    terms: Terms,
  ): Promise<{ member: JoinedMember; made: boolean }> {
    const { displayName, givenName, familyName, department } = login;
    return this.members.join({
      email: address,
      ...terms,
      displayName: clipped(displayName ?? joined(givenName, familyName)),
      givenName: clipped(givenName),
      familyName: clipped(familyName),
      department: clipped(department),
    });
  }
}

const clipped = (name: string | undefined): string | undefined => name?.slice(0, LONGEST_NAME);

function joined(givenName: string | undefined, familyName: string | undefined): string | undefined {
  return [givenName, familyName].filter(Boolean).join(' ') || undefined;
}

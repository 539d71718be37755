import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { domainOfEmail } from '../../domains/domain-name';
import {
  type DirectoryMember,
  type DirectoryProfile,
  MemberDirectoryService,
} from '../../members/member-directory.service';
import { ScimError } from '../protocol/errors';
import type { ScimObject } from '../protocol/scim-value';
import { isAddress, profileOf } from './user-resource';

/** How a directory's new user becomes a member, with its record. */
@Injectable()
export class UserCreation {
  constructor(
    private readonly directory: MemberDirectoryService,
    private readonly trail: AuditTrail,
  ) {}

  /** Throws 409 uniqueness for a userName or email that somebody here has. */
  async create(resource: ScimObject): Promise<DirectoryMember> {
    const active = resource.active !== false;
    const profile = profileOf(resource);
    const emailDomain = isAddress(profile.email) ? (domainOfEmail(profile.email) ?? null) : null;
    const member = await this.directory.add(profile, { active, emailDomain });
    if ('clash' in member) throw taken(member.clash);
    this.record(member, active);
    return member;
  }

  /** Throws 409 uniqueness when somebody other than this member has the userName or the email. */
  async refuseClash(profile: DirectoryProfile, exceptId?: string): Promise<void> {
    const clash = await this.directory.findClash(profile, exceptId);
    if (clash) throw taken(clash);
  }

  private record({ id, userName, email, externalId, role, source }: DirectoryMember, active: boolean): void {
    const target = { type: 'member', id } as const;
    const created = { userName, email, active, externalId };
    this.trail.record({ type: 'scim.user_created', target, data: created });
    if (!active) return;
    this.trail.record({ type: 'workspace.member_joined', target, data: { email, role, source } });
  }
}

function taken(attribute: 'userName' | 'email'): ScimError {
  return new ScimError(409, `Somebody in this workspace has this ${attribute} already.`, 'uniqueness');
}

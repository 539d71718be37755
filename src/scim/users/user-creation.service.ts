import { Injectable } from '@nestjs/common';
import type { Role } from '../../access/permissions';
import { AuditTrail } from '../../audit/audit-trail';
import { domainOfEmail } from '../../domains/domain-name';
import {
  type DirectoryMember,
  type DirectoryProfile,
  MemberDirectoryService,
} from '../../members/member-directory.service';
import { ScimError } from '../protocol/errors';
import { assertComplete, readResource } from '../protocol/resource';
import { isComplex, type ScimObject, type ScimValue } from '../protocol/scim-value';
import { MEMBER_URN } from '../protocol/user-schema';
import { DirectoryRoles, oursOf, schemaFor } from './directory-roles.service';
import { concernsRoles } from './spoken-roles';
import { isAddress, profileOf } from './user-resource';

/** How a directory's new user becomes a member, with its record. */
@Injectable()
export class UserCreation {
  constructor(
    private readonly directory: MemberDirectoryService,
    private readonly roles: DirectoryRoles,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Reads a User and makes it a member. Throws what reading throws, 409 uniqueness for a userName or email that
   * somebody here has, and what DirectoryRoles throws.
   */
  async create(body: unknown): Promise<DirectoryMember> {
    const highest = concernsRoles(body) ? await this.roles.highest() : undefined;
    const schema = schemaFor(highest);
    const { [MEMBER_URN]: granted, ...resource } = readResource(schema, body);
    assertComplete(schema, resource);
    const active = resource.active !== false;
    const profile = profileOf(resource);
    const emailDomain = isAddress(profile.email) ? (domainOfEmail(profile.email) ?? null) : null;
    const added = await this.directory.add(profile, { active, emailDomain });
    if ('clash' in added) throw taken(added.clash);
    const member = highest === undefined ? added : await this.grant(added, resource, granted, highest);
    this.record(member, active);
    return member;
  }

  /** Throws 409 uniqueness when somebody other than this member has the userName or the email. */
  async refuseClash(profile: DirectoryProfile, exceptId?: string): Promise<void> {
    const clash = await this.directory.findClash(profile, exceptId);
    if (clash) throw taken(clash);
  }

  private async grant(
    member: DirectoryMember,
    { roles }: ScimObject,
    granted: ScimValue | undefined,
    highest: Role,
  ): Promise<DirectoryMember> {
    const before = oursOf(member);
    const ours = { ...before, ...(isComplex(granted) && granted) };
    const spoken = { before, ours, listed: roles === undefined ? undefined : { roles } };
    const isGranted = await this.roles.write(member, spoken, { highest, fresh: true });
    return isGranted ? (await this.directory.find(member.id))! : member;
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

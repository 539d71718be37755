import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Config } from '../../config/config';
import { DomainsService } from '../../domains/domains.service';
import { NotFound } from '../../http/problems';
import {
  type DirectoryMember,
  type DirectoryProfile,
  MemberDirectoryService,
} from '../../members/member-directory.service';
import { Departures } from '../departure/departures.service';
import { badRequest, ScimError } from '../protocol/errors';
import { compileFilter } from '../protocol/filter-sql';
import { listResponse, type ListResponse } from '../protocol/paging';
import { applyPatch } from '../protocol/patch';
import { assertMatches, versionOf } from '../protocol/precondition';
import { assertComplete, readResource, writeResource } from '../protocol/resource';
import { isSame, type ScimObject } from '../protocol/scim-value';
import { USERS } from '../protocol/user-schema';
import type { ResourceQuery, ScimResourceType } from '../resource-type';
import { SCIM_PREFIX } from '../scim-problem.renderer';
import { USER_FILTER } from './user-filter';
import { differences, isAddress, profileOf, resourceOf, shownResourceOf } from './user-resource';

/**
 * The members of the workspace as SCIM users. Every change writes its audit events in the same transaction; what
 * changes nothing writes nothing.
 */
@Injectable()
export class ScimUsersService implements ScimResourceType {
  readonly name = 'User';
  readonly endpoint = '/Users';
  readonly schema = USERS;

  constructor(
    private readonly directory: MemberDirectoryService,
    private readonly departures: Departures,
    private readonly domains: DomainsService,
    private readonly trail: AuditTrail,
    private readonly config: Config,
  ) {}

  /** RFC 7644 section 3.4.2: a page in stable order with the exact number of all. Throws invalidFilter. */
  async list({ filter, page }: ResourceQuery): Promise<ListResponse<ScimObject>> {
    const condition = filter === undefined ? undefined : compileFilter(filter, USER_FILTER);
    const { members, total } = await this.directory.slice(condition, page.startIndex - 1, page.count);
    return listResponse(
      members.map((member) => this.written(member)),
      page,
      total,
    );
  }

  /** RFC 7644 section 3.4.1. Also somebody inactive; unknown, foreign and deleted ids are all NotFound. */
  async get(id: string): Promise<ScimObject> {
    return this.written(found(await this.directory.find(id)));
  }

  /** RFC 7644 section 3.3. Throws 409 uniqueness for a userName or email that somebody here has. */
  async create(body: unknown): Promise<ScimObject> {
    const resource = readResource(USERS, body);
    assertComplete(USERS, resource);
    const active = resource.active !== false;
    const profile = profileOf(resource);
    await this.refuseClash(profile);

    const emailProven = await this.speaksFor(profile.email);
    const member = await this.directory.add(profile, { active, emailProven });
    if (!member) throw taken('email');
    const { userName, email, role, source } = member;
    this.record('scim.user_created', member.id, { userName, email, active, externalId: member.externalId });
    if (active) this.record('workspace.member_joined', member.id, { email, role, source });
    return this.written(member);
  }

  /** RFC 7644 section 3.5.1. Without `active` the state stays: silence neither locks out nor lets in. */
  replace(id: string, body: unknown, ifMatch?: string): Promise<ScimObject> {
    return this.change(id, ifMatch, (before) => {
      const { active = before.active, ...after } = readResource(USERS, body);
      return { ...after, ...(active !== undefined && { active }) };
    });
  }

  /** RFC 7644 section 3.5.2: all operations or none. */
  patch(id: string, body: unknown, ifMatch?: string): Promise<ScimObject> {
    return this.change(id, ifMatch, (before) => {
      const after = applyPatch(USERS, before, body);
      if (after.active === undefined)
        throw badRequest('mutability', 'active is true or false; it cannot be removed.');
      return after;
    });
  }

  /** RFC 7644 section 3.6: out of the workspace and out of the directory's sight. The row stays. */
  async delete(id: string, ifMatch?: string): Promise<void> {
    const member = found(await this.directory.findForChange(id));
    assertMatches(ifMatch, versionOf(this.written(member)));
    await this.departures.delete(member);
  }

  private async change(
    id: string,
    ifMatch: string | undefined,
    next: (before: ScimObject) => ScimObject,
  ): Promise<ScimObject> {
    const member = found(await this.directory.findForChange(id));
    assertMatches(ifMatch, versionOf(this.written(member)));
    const before = resourceOf(member);
    const after = next(before);
    assertComplete(USERS, after);

    const { active: wasActive, ...profileBefore } = before;
    const { active, ...profileAfter } = after;
    if (!isSame(profileBefore, profileAfter)) await this.update(member, profileBefore, profileAfter);
    if (wasActive && !active) await this.departures.deactivate(member);
    if (!wasActive && active) await this.departures.reactivate(member);
    if (isSame(before, after)) this.trail.nothingChanged();
    return this.get(id);
  }

  private async update(member: DirectoryMember, before: ScimObject, after: ScimObject): Promise<void> {
    const profile = profileOf(after, member.email);
    if (profile.userName !== member.userName || profile.email !== member.email) {
      await this.refuseClash(profile, member.id);
    }
    await this.directory.change(member, profile);
    this.record('scim.user_updated', member.id, { changes: differences(before, after) });
  }

  private async refuseClash(profile: DirectoryProfile, exceptId?: string): Promise<void> {
    const clash = await this.directory.findClash(profile, exceptId);
    if (clash) throw taken(clash);
  }

  /** Whether this workspace has proved that addresses like this one are its own. */
  private async speaksFor(email: string): Promise<boolean> {
    return isAddress(email) && this.domains.isVerifiedHere(email.slice(email.lastIndexOf('@') + 1));
  }

  private written(member: DirectoryMember): ScimObject {
    return writeResource(USERS, shownResourceOf(member), {
      id: member.id,
      resourceType: 'User',
      created: member.createdAt,
      lastModified: member.updatedAt,
      location: `${this.config.publicUrl}${SCIM_PREFIX}/Users/${member.id}`,
    });
  }

  private record(
    type: Parameters<AuditTrail['record']>[0]['type'],
    id: string,
    data: Record<string, unknown>,
  ): void {
    this.trail.record({ type, target: { type: 'member', id }, data });
  }
}

function found(member: DirectoryMember | undefined): DirectoryMember {
  if (!member) throw new NotFound('User');
  return member;
}

function taken(attribute: 'userName' | 'email'): ScimError {
  return new ScimError(409, `Somebody in this workspace has this ${attribute} already.`, 'uniqueness');
}

import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { NotFound } from '../../http/problems';
import { type DirectoryMember, MemberDirectoryService } from '../../members/member-directory.service';
import { Departures } from '../departure/departures.service';
import { badRequest } from '../protocol/errors';
import type { ListResponse } from '../protocol/paging';
import { applyPatch } from '../protocol/patch';
import { assertMatches } from '../protocol/precondition';
import { isWanted, type Projection } from '../protocol/projection';
import { assertComplete, readResource } from '../protocol/resource';
import { isSame, type ScimObject } from '../protocol/scim-value';
import { USERS } from '../protocol/user-schema';
import type { ResourceQuery, ScimResourceType } from '../resource-type';
import { UserCreation } from './user-creation.service';
import { differences, profileOf, resourceOf } from './user-resource';
import { UserView } from './user-view.service';

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
    private readonly creation: UserCreation,
    private readonly departures: Departures,
    private readonly view: UserView,
    private readonly trail: AuditTrail,
  ) {}

  /** RFC 7644 section 3.4.2: a page in stable order with the exact number of all. Throws invalidFilter. */
  list(query: ResourceQuery): Promise<ListResponse<ScimObject>> {
    return this.view.list(query);
  }

  /** RFC 7644 section 3.4.1. Also somebody inactive; unknown, foreign and deleted ids are all NotFound. */
  async get(id: string, projection?: Projection): Promise<ScimObject> {
    const groups = isWanted('groups', projection);
    return this.view.written(found(await this.directory.find(id, { groups })));
  }

  /** RFC 7644 section 3.3. Throws 409 uniqueness for a userName or email that somebody here has. */
  async create(body: unknown): Promise<ScimObject> {
    const resource = readResource(USERS, body);
    assertComplete(USERS, resource);
    return this.view.written(await this.creation.create(resource));
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
    await this.departures.delete(await this.held(id, ifMatch));
  }

  private async change(
    id: string,
    ifMatch: string | undefined,
    next: (before: ScimObject) => ScimObject,
  ): Promise<ScimObject> {
    const member = await this.held(id, ifMatch);
    const before = resourceOf(member);
    const after = next(before);
    assertComplete(USERS, after);

    const { active: wasActive, ...profileBefore } = before;
    const { active, ...profileAfter } = after;
    if (isSame(before, after)) this.trail.nothingChanged();
    const changed = isSame(profileBefore, profileAfter)
      ? undefined
      : await this.update(member, profileBefore, profileAfter);
    if (wasActive && !active) await this.departures.deactivate(member);
    if (!wasActive && active) await this.departures.reactivate(member);
    return changed && wasActive === active ? this.view.written(changed) : this.get(id);
  }

  private async update(
    member: DirectoryMember,
    before: ScimObject,
    after: ScimObject,
  ): Promise<DirectoryMember> {
    const profile = profileOf(after, member.email);
    if (profile.userName !== member.userName || profile.email !== member.email) {
      await this.creation.refuseClash(profile, member.id);
    }
    const changed = await this.directory.change(member, profile);
    this.trail.record({
      type: 'scim.user_updated',
      target: { type: 'member', id: member.id },
      data: { changes: differences(before, after) },
    });
    return changed;
  }

  /** The member, kept from being changed by others. Throws 412 when `ifMatch` names another version. */
  private async held(id: string, ifMatch: string | undefined): Promise<DirectoryMember> {
    const member = found(await this.directory.findForChange(id));
    assertMatches(ifMatch, () => this.view.written(member));
    return member;
  }
}

function found(member: DirectoryMember | undefined): DirectoryMember {
  if (!member) throw new NotFound('User');
  return member;
}

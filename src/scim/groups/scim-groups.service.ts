import { Injectable } from '@nestjs/common';
import { NotFound } from '../../http/problems';
import type { DirectoryGroup, GroupProfile } from '../../members/directory-groups/directory-group';
import { DirectoryGroups } from '../../members/directory-groups/directory-groups.service';
import { type Entering, GroupMemberships } from '../../members/directory-groups/group-memberships.service';
import type { Listing } from '../listing/listing';
import { badRequest, ScimError } from '../protocol/errors';
import { GROUPS } from '../protocol/group-schema';
import type { ListResponse } from '../protocol/paging';
import { applyPatch } from '../protocol/patch';
import { assertVersion, type Precondition } from '../protocol/precondition';
import type { Projection } from '../protocol/projection';
import type { ScimObject } from '../protocol/scim-value';
import type { ScimResourceType } from '../resource-type';
import type { ResourceQuery } from '../resource-query';
import { type Moved, ScimGroupMembers } from './group-members.service';
import { type GroupPatch, type MemberStep, readGroupPatch } from './group-patch';
import { GroupRecords } from './group-records.service';
import { profileOf, readGroup, versionTag } from './group-resource';
import type { MemberKinds } from './member-kinds';
import { GroupView } from './group-view.service';

/**
 * The groups of the workspace as SCIM resources. A change records its audit event in the same transaction; a request
 * that changes nothing records none and keeps the version.
 */
@Injectable()
export class ScimGroupsService implements ScimResourceType {
  readonly name = 'Group';
  readonly endpoint = '/Groups';
  readonly schema = GROUPS;

  constructor(
    private readonly groups: DirectoryGroups,
    private readonly memberships: GroupMemberships,
    private readonly members: ScimGroupMembers,
    private readonly records: GroupRecords,
    private readonly view: GroupView,
  ) {}

  get listing(): Listing<DirectoryGroup> {
    return this.view.listing;
  }

  /** RFC 7644 section 3.4.2. Members of all groups of a page in one statement, unless they are not asked for. */
  list(query: ResourceQuery): Promise<ListResponse<ScimObject>> {
    return this.view.list(query);
  }

  /** RFC 7644 section 3.4.1. Unknown, foreign and deleted ids are all NotFound. */
  async get(id: string, projection?: Projection): Promise<ScimObject> {
    const [group] = await this.view.written([found(await this.groups.find(id))], projection);
    return group!;
  }

  /** RFC 7644 section 3.3. Throws 409 uniqueness for a name that a group here has, whatever its case. */
  async create(body: unknown): Promise<ScimObject> {
    const { members, kinds, ...profile } = readGroup(body);
    const [groupsAmong, id] = await Promise.all([
      this.memberships.enterNew(members),
      this.groups.add(profile),
    ]);
    if (id === undefined) throw taken();
    const step = { ...everybody(members, kinds), emptied: false };
    const moved = await this.members.apply(id, [step], Promise.resolve(groupsAmong));
    this.records.created(id, profile, moved);
    return this.get(id);
  }

  /** RFC 7644 section 3.5.1. Removes all members that the body does not name. */
  async replace(id: string, body: unknown, precondition?: Precondition): Promise<ScimObject> {
    const { members, kinds, ...profile } = readGroup(body);
    const steps = [everybody(members, kinds)];
    await this.change(id, { values: members, alone: true, ...profile }, () => profile, steps, precondition);
    return this.get(id);
  }

  /**
   * RFC 7644 section 3.5.2: all operations or none. Changes only the rows of the named members, so its cost does not
   * depend on the size of the group. Returns no body.
   */
  async patch(id: string, body: unknown, precondition?: Precondition): Promise<undefined> {
    await this.carryOut(id, readGroupPatch(body), precondition);
  }

  /** As `patch`, for a parsed body. Returns the current name of the group and the members added and removed. */
  async carryOut(
    id: string,
    { attributes, steps }: GroupPatch,
    precondition: Precondition | undefined,
  ): Promise<Moved & { readonly displayName: string }> {
    const values = steps.flatMap((step) => (step.kind === 'named' ? [...step.come, ...step.go] : []));
    const alone = precondition !== undefined || steps.some((step) => step.kind !== 'named' || step.emptied);
    const entering = { values, alone, displayName: nameIn(attributes) };
    return this.change(id, entering, (held) => patched(held, attributes), steps, precondition);
  }

  /** RFC 7644 section 3.6. Its row and who was in it stay on record. */
  async delete(id: string, precondition?: Precondition): Promise<void> {
    if (!(await this.memberships.enterToDelete(id))) throw new NotFound('Group');
    const group = found(await this.groups.find(id));
    assertVersion(precondition, versionTag(group));
    await this.groups.hide(id);
    await this.records.deleted(group);
    await this.memberships.leaveAll(id);
  }

  /** Throws for any error; the caller's transaction then rolls back the steps before it. */
  private async change(
    id: string,
    entering: Entering,
    next: (before: GroupProfile) => GroupProfile,
    steps: readonly MemberStep[],
    precondition: Precondition | undefined,
  ): Promise<Moved & { readonly displayName: string }> {
    const entered = this.enter(id, entering, precondition);
    const [before, moved] = await Promise.all([
      entered,
      this.members.apply(
        id,
        steps,
        entered.then(({ groupsAmong }) => groupsAmong),
      ),
    ]);
    const after = next(before);
    const changed = before.displayName !== after.displayName || before.externalId !== after.externalId;
    if (changed && !(await this.groups.change(id, after))) throw taken();
    await this.records.updated(id, before, after, moved);
    return { ...moved, displayName: after.displayName };
  }

  private async enter(
    id: string,
    entering: Entering,
    precondition: Precondition | undefined,
  ): Promise<GroupProfile & { groupsAmong: string[] }> {
    const [held, now] = await Promise.all([
      this.memberships.enter(id, entering),
      precondition === undefined ? undefined : this.groups.find(id),
    ]);
    if (!held) throw new NotFound('Group');
    if (precondition !== undefined) assertVersion(precondition, versionTag(found(now)));
    return held;
  }
}

/** Exactly these are in the group afterwards. */
function everybody(ids: readonly string[], kinds: MemberKinds): Extract<MemberStep, { kind: 'named' }> {
  return { kind: 'named', emptied: true, come: new Set(ids), go: new Set(), kinds: new Map(kinds) };
}

/** The attributes after a PATCH. */
function patched({ displayName, externalId }: GroupProfile, attributes: object | undefined): GroupProfile {
  if (!attributes) return { displayName, externalId };
  const after = applyPatch(GROUPS, { displayName, ...(externalId !== null && { externalId }) }, attributes);
  if (after.members !== undefined) {
    throw badRequest('invalidPath', 'Members are changed through members or members[value eq "…"].');
  }
  return profileOf(after);
}

/** The name that a PATCH gives, whatever the group is called now. */
function nameIn(attributes: object | undefined): string | undefined {
  const unnamed = '\u0000';
  const { displayName } = patched({ displayName: unnamed, externalId: null }, attributes);
  return displayName === unnamed ? undefined : displayName;
}

function found(group: DirectoryGroup | undefined): DirectoryGroup {
  if (!group) throw new NotFound('Group');
  return group;
}

function taken(): ScimError {
  return new ScimError(409, 'A group in this workspace has this displayName already.', 'uniqueness');
}

import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import {
  type DirectoryMember,
  type DirectoryProfile,
  MemberDirectoryService,
} from '../../members/member-directory.service';
import { Departures } from '../departure/departures.service';
import type { ResourceSchema } from '../protocol/schema';
import { assertComplete } from '../protocol/resource';
import { isComplex, isSame, type ScimObject } from '../protocol/scim-value';
import { MEMBER_URN } from '../protocol/user-schema';
import { DirectoryRoles, oursOf, schemaFor } from './directory-roles.service';
import { names } from './named-in-body';
import { concernsRoles, namesRolesOfDirectory } from './spoken-roles';
import { UserCreation } from './user-creation.service';
import { type Difference, differences, isReachedByUserName, profileOf, resourceOf } from './user-resource';

/** Computes the new resource from the present one, with the schema of this workspace. */
export type Revision = (before: ScimObject, schema: ResourceSchema) => ScimObject;

/** Carries out what a directory says about a user who is there. The caller holds the member's row. */
@Injectable()
export class UserChanges {
  constructor(
    private readonly directory: MemberDirectoryService,
    private readonly creation: UserCreation,
    private readonly departures: Departures,
    private readonly roles: DirectoryRoles,
    private readonly trail: AuditTrail,
  ) {}

  /** Answers the member as it is now, where that is known without looking again. */
  async apply(
    member: DirectoryMember,
    body: unknown,
    revise: Revision,
  ): Promise<DirectoryMember | undefined> {
    const mayGrant = concernsRoles(body) || member.scim.roles !== undefined;
    const highest = mayGrant ? await this.roles.highest() : undefined;
    const schema = schemaFor(highest);
    const before = resourceOf(member);
    const ours = oursOf(member);
    const { [MEMBER_URN]: granted, ...revised } = revise({ ...before, [MEMBER_URN]: ours }, schema);
    const after = asSaid(member, body, before, revised);
    assertComplete(schema, after);

    const { active: wasActive, ...profileBefore } = before;
    const { active } = after;
    const profile = profileOf(after, member.email);
    // A member without a stored address is shown with their sign-in address; a request that omits it is not a change.
    const { active: _unchanged, ...profileAfter } = resourceOf({ ...member, ...profile });
    const isOther = !isSame(profileBefore, profileAfter);
    const changed = isOther
      ? await this.update(member, profile, differences(profileBefore, profileAfter))
      : undefined;
    if (wasActive && !active) await this.departures.deactivate(member);
    if (!wasActive && active) {
      await this.creation.refuseEnded();
      await this.departures.reactivate(member);
    }
    const isKeptOut = !wasActive && !active && names(body, ACTIVE) && (await this.departures.keepOut(member));
    const isTakenBack =
      wasActive && active && names(body, ACTIVE) && (await this.departures.takeBack(member));
    const isGranted =
      highest !== undefined &&
      (await this.roles.write(
        changed ?? member,
        {
          before: ours,
          ours: isComplex(granted) ? granted : {},
          listed:
            namesRolesOfDirectory(body) || !isSame(before.roles, after.roles)
              ? { roles: after.roles }
              : undefined,
        },
        { highest, fresh: false },
      ));
    if (!isOther && wasActive === active && !isGranted && !isTakenBack && !isKeptOut)
      this.trail.nothingChanged();
    return wasActive === active && !isGranted ? changed : undefined;
  }

  private async update(
    member: DirectoryMember,
    profile: DirectoryProfile,
    changes: Record<string, Difference>,
  ): Promise<DirectoryMember> {
    if (profile.userName !== member.userName || profile.email !== member.email) {
      await this.creation.refuseClash(profile, member.id);
    }
    const changed = await this.directory.change(member, profile);
    this.trail.record({
      type: 'scim.user_updated',
      target: { type: 'member', id: member.id },
      data: { changes },
    });
    return changed;
  }
}

const EMAILS = /(?:^|[.:])emails(?:$|[.[])/i;
const ACTIVE = /(?:^|:)active$/i;

/** An address derived from the userName stays derived when another attribute changes. */
function asSaid(
  member: DirectoryMember,
  body: unknown,
  before: ScimObject,
  { emails, ...rest }: ScimObject,
): ScimObject {
  const isSaid = !isReachedByUserName(member) || names(body, EMAILS) || !isSame(before.emails, emails);
  return isSaid && emails !== undefined ? { ...rest, emails } : rest;
}

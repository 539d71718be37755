import { Injectable } from '@nestjs/common';
import type { Role } from '../../access/permissions';
import { AuditTrail } from '../../audit/audit-trail';
import { DirectoryGrants } from '../../members/grants/directory-grants.service';
import type { DirectoryMember } from '../../members/member-directory.service';
import { WorkspacePolicyService } from '../../workspaces/workspace-policy.service';
import { badRequest } from '../protocol/errors';
import type { ResourceSchema } from '../protocol/schema';
import { isSame, type ScimObject } from '../protocol/scim-value';
import { MEMBER_URN, USERS, USERS_WITH_ROLES } from '../protocol/user-schema';
import { saidBy, type Spoken } from './spoken-roles';

/** Lets directories set role and approver of their users, if the policy of the workspace allows it. */
@Injectable()
export class DirectoryRoles {
  constructor(
    private readonly policies: WorkspacePolicyService,
    private readonly grants: DirectoryGrants,
    private readonly trail: AuditTrail,
  ) {}

  /** The highest role a directory may give here; undefined: it gives none. */
  async highest(): Promise<Role | undefined> {
    const { scimDirectorySetsRole } = await this.policies.current();
    return scimDirectorySetsRole === 'off' ? undefined : scimDirectorySetsRole;
  }

  /** The schema of users in this workspace. */
  async schema(): Promise<ResourceSchema> {
    return schemaFor(await this.highest());
  }

  /**
   * Applies role and approver from a request, and returns whether the directory's grant changed. Throws invalidValue
   * for an unknown role, mutability for a member whom no directory provisions, and what DirectoryGrants throws.
   */
  async write(
    { id, source, externalId, role, approver }: DirectoryMember,
    spoken: Spoken,
    how: { highest: Role; fresh: boolean },
  ): Promise<boolean> {
    const before = await this.grants.current(id);
    const said = saidBy(spoken, before);
    if (isSame({ ...said } as never, { ...before } as never)) return false;
    if (source !== 'scim' && externalId === null) {
      if (isSame(spoken.before, spoken.ours)) return false;
      throw badRequest('mutability', 'No directory looks after this member: give them an externalId first.');
    }
    await this.grants.write(id, said, how);
    if (!how.fresh) {
      this.trail.record({
        type: 'scim.user_updated',
        target: { type: 'member', id },
        data: { changes: { [MEMBER_URN]: { before: { role, approver }, after: said } } },
      });
    }
    return true;
  }
}

/** By which bodies are read. */
export const schemaFor = (highest: Role | undefined): ResourceSchema => (highest ? USERS_WITH_ROLES : USERS);

/** Our extension of a member, as requests change it. */
export const oursOf = ({ role, approver }: Pick<DirectoryMember, 'role' | 'approver'>): ScimObject => ({
  role,
  approver,
});

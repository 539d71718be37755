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

/** What directories may say about what their users may do, where the policy of the workspace lets them. */
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

  /** What users look like to a directory of this workspace. */
  async schema(): Promise<ResourceSchema> {
    return schemaFor(await this.highest());
  }

  /**
   * Makes what a request says true, and answers whether that changed what the directory says. Throws invalidValue for a
   * role that is none, mutability for a member whom no directory looks after, and what DirectoryGrants throws.
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

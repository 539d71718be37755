import { Injectable } from '@nestjs/common';
import type { Role } from '../../access/permissions';
import { Conflict, Problem } from '../../http/problems';
import { rankOf } from '../granting';
import { AccessService } from './access.service';
import { AccessStore, type MemberAccess } from './access-store.service';
import { effectiveAccess } from './effective-access';

/** Role and approver as a directory sets them; null when it does not set the field. */
export interface DirectoryGrant {
  readonly role: Role | null;
  readonly approver: boolean | null;
}

/** The grants that directories make, where a workspace lets them: each is one among others, and overrides none. */
@Injectable()
export class DirectoryGrants {
  constructor(
    private readonly store: AccessStore,
    private readonly access: AccessService,
  ) {}

  /** What directories said of the member last. */
  async current(memberId: string): Promise<DirectoryGrant> {
    const [member] = await this.store.readGrants([memberId]);
    return saidOf(member);
  }

  /**
   * Replaces the grant of the directory. The caller must hold a lock on the member. Throws 403 `role_above_own` for a
   * role above `highest`, 409 `role_decided_elsewhere` when another grant decides and the member would not get what
   * the directory asks for, and 409 `last_admin`.
   */
  async write(
    memberId: string,
    said: DirectoryGrant,
    { highest, fresh }: { highest: Role; fresh: boolean },
  ): Promise<void> {
    if (said.role !== null && rankOf(said.role) > rankOf(highest)) {
      throw new Problem(
        403,
        'role_above_own',
        `In this workspace a directory gives no role above ${highest}: scim.directorySetsRole of its policy says so.`,
      );
    }
    const isSilent = said.role === null && said.approver === null;
    await this.store.writeDirectoryGrant(memberId, isSilent ? null : said);
    const found = await this.store.readGrants([memberId]);
    refuseUnlessDecided(found[0]!, said);
    await this.access.settle(found, { lastAdmin: 'refuse', because: 'directory', fresh });
  }
}

function saidOf(member: MemberAccess | undefined): DirectoryGrant {
  const grant = member?.grants.find(({ origin, kind }) => origin === 'directory' && kind === 'scim');
  return { role: grant?.role ?? null, approver: grant?.approver ?? null };
}

/**
 * Refuses instead of reporting success, because the directory would otherwise assume a role that the member does not
 * have.
 */
function refuseUnlessDecided({ grants }: MemberAccess, said: DirectoryGrant): void {
  const { role, approver, decidedBy, approverBy } = effectiveAccess(grants);
  const isSo = said.role === null || said.role === role;
  if (isSo && (said.approver === null || said.approver === approver)) return;
  const decides = (isSo ? approverBy : decidedBy)?.origin;
  throw new Conflict(
    'role_decided_elsewhere',
    `${isSo ? 'Whether the member approves' : `The role stays ${role}, which`} was decided ` +
      `${decides === 'rules' ? 'by the role mappings' : 'by hand'} in this workspace. Nothing was changed.`,
  );
}

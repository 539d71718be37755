import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail';
import { Database } from '../database/database';
import { Conflict, ValidationFailed } from '../http/problems';
import { EnforcementService } from './enforcement.service';
import { type UpdateWorkspacePolicyDto, WorkspacePolicyDto } from './workspace-policy.dto';
import { WorkspacePolicy } from './workspace-policy.entity';

/** Reads and changes the policy of the workspace in flight. */
@Injectable()
export class WorkspacePolicyService {
  constructor(
    private readonly database: Database,
    private readonly enforcement: EnforcementService,
    private readonly trail: AuditTrail,
  ) {}

  /** The policy of this workspace. Every workspace has one from its first moment. */
  current(): Promise<WorkspacePolicy> {
    return this.policies.createQueryBuilder('policy').getOneOrFail();
  }

  /**
   * Changes what is given and leaves the rest. Throws 409 `enforcement_blocked` with every unmet condition,
   * 409 `mfa_unavailable`, 400 `validation_failed`.
   */
  async update(changes: UpdateWorkspacePolicyDto): Promise<WorkspacePolicy> {
    const policy = await this.policies
      .createQueryBuilder('policy')
      .setLock('for_no_key_update')
      .getOneOrFail();
    const before = WorkspacePolicyDto.of(policy);
    const after = Object.assign(new WorkspacePolicy(), policy, columnsOf(changes));
    if (isDeepStrictEqual(before, WorkspacePolicyDto.of(after))) {
      this.trail.nothingChanged();
      return policy;
    }
    await this.refuseWhatCannotBe(policy, after);
    const id = this.database.workspaceId;
    const updatedAt = new Date();
    await this.policies.update({ workspaceId: id }, { ...columnsOf(changes), updatedAt });
    this.trail.record({
      type: 'workspace.policy_updated',
      target: { type: 'workspace', id },
      data: { before, after: WorkspacePolicyDto.of(after) },
    });
    return after;
  }

  private async refuseWhatCannotBe(before: WorkspacePolicy, after: WorkspacePolicy): Promise<void> {
    if (after.mfaRequired !== 'off') {
      throw new Conflict(
        'mfa_unavailable',
        'Second factors cannot be enrolled yet, so none can be required.',
      );
    }
    if (!isDeepStrictEqual(before.breakGlassMemberIds, after.breakGlassMemberIds)) {
      await this.refuseUnlessAdmins(after.breakGlassMemberIds);
    }
    if (!after.ssoEnforced) return;
    const unmet = await this.enforcement.unmet();
    if (unmet.length > 0) {
      throw new Conflict(
        'enforcement_blocked',
        'Not everything is ready to refuse passwords; see errors.',
        unmet,
      );
    }
  }

  private async refuseUnlessAdmins(memberIds: readonly string[]): Promise<void> {
    const admins = await this.database.query(
      `select id from members where id = any($1) and role = 'admin' and removed_at is null`,
      [memberIds],
    );
    if (admins.length < memberIds.length) {
      throw new ValidationFailed([
        { field: 'sso.breakGlassMemberIds', message: 'Each must be an admin of this workspace.' },
      ]);
    }
  }

  private get policies() {
    return this.database.repository(WorkspacePolicy);
  }
}

/** The columns behind the fields that are given; those left out are not among them. */
function columnsOf({ session, mfa, sso, apiKeys }: UpdateWorkspacePolicyDto): Partial<WorkspacePolicy> {
  const columns: Partial<WorkspacePolicy> = {
    accessTokenSeconds: session?.accessTokenSeconds,
    idleSeconds: session?.idleSeconds,
    absoluteSeconds: session?.absoluteSeconds,
    mfaRequired: mfa?.required,
    mfaAllowedFactors: mfa?.allowedFactors,
    ssoEnforced: sso?.enforced,
    breakGlassMemberIds: sso?.breakGlassMemberIds?.map((id) => id.toLowerCase()),
    jitEnabled: sso?.jit?.enabled,
    jitDefaultRole: sso?.jit?.defaultRole,
    apiKeysOnMemberRemoval: apiKeys?.onMemberRemoval,
    apiKeysMaxLifetimeDays: apiKeys?.maxLifetimeDays,
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}

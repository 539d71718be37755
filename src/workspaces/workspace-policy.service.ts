import { domainToASCII } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail';
import { DAY_SECONDS } from '../config/durations';
import { Database } from '../database/database';
import { type Prepared, prepared } from '../database/statement';
import { Conflict, ValidationFailed } from '../http/problems';
import { EnforcementService } from './enforcement.service';
import { mfaColumnsOf, reachesFurther } from './mfa-policy.dto';
import { RunningSessions } from './running-sessions.service';
import { type UpdateWorkspacePolicyDto, WorkspacePolicyDto } from './workspace-policy.dto';
import { WorkspacePolicy } from './workspace-policy.entity';

/** When the maximum lifetime is lowered, existing keys stay valid for at least this long. */
const GRACE_DAYS = 7;

/** The policy, as other rooms read it. */
export type Policy = WorkspacePolicy;

/** Reads and changes the policy of the current workspace. */
@Injectable()
export class WorkspacePolicyService {
  private readAll: Prepared | undefined;
  private readonly followers: (() => Promise<void>)[] = [];

  constructor(
    private readonly database: Database,
    private readonly enforcement: EnforcementService,
    private readonly trail: AuditTrail,
    private readonly sessions: RunningSessions,
  ) {}

  /** The policy. Every workspace has one from its creation on. */
  async current(): Promise<WorkspacePolicy> {
    this.readAll ??= prepared(
      'workspace_policy',
      `select ${this.database.columnsOf(WorkspacePolicy)} from workspace_policies`,
    );
    const [policy] = await this.database.query<WorkspacePolicy>(this.readAll);
    return policy!;
  }

  /**
   * Rooms above call it in onModuleInit. `work` runs in a transaction of its own after a change of who may sign in
   * without the identity provider.
   */
  whenWaysAroundProviderChange(work: () => Promise<void>): void {
    this.followers.push(work);
  }

  /** As `current`, and locks the policy until this transaction ends. */
  held(): Promise<WorkspacePolicy> {
    return this.policies.createQueryBuilder('policy').setLock('pessimistic_read').getOneOrFail();
  }

  /**
   * Changes the given fields. When single sign-on becomes enforced, sessions that began with a password end; running
   * sessions are adapted to whatever became stricter. `refuse` is called with the change while the policy is locked,
   * and may throw. Throws 409 `enforcement_blocked` with every unmet condition, 400 `validation_failed`, 409
   * `break_glass_required`.
   */
  async update(
    changes: UpdateWorkspacePolicyDto,
    refuse?: (present: WorkspacePolicy) => void,
  ): Promise<WorkspacePolicy> {
    if (changes.sso?.breakGlassMemberIds) await this.holdMembers(changes.sso.breakGlassMemberIds);
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
    refuse?.(policy);
    await this.refuseWhatCannotBe(policy, after);
    const id = this.database.workspaceId;
    const updatedAt = new Date();
    const since = reachesFurther(policy, after) ? { mfaRequiredSince: updatedAt } : {};
    await this.sessions.fit(policy, Object.assign(after, since));
    await this.policies.update({ workspaceId: id }, { ...columnsOf(changes), ...since, updatedAt });
    const sessionsEnded =
      after.ssoEnforced || after.maxConcurrentSessions !== null ? await this.sessionsEndedNow() : 0;
    const apiKeysShortened = await this.shortenApiKeys(policy, after);
    this.trail.record({
      type: 'workspace.policy_updated',
      target: { type: 'workspace', id },
      data: {
        before,
        after: WorkspacePolicyDto.of(after),
        ...(sessionsEnded > 0 ? { sessionsEnded } : {}),
        ...(apiKeysShortened > 0 ? { apiKeysShortened } : {}),
      },
    });
    if (policy.ssoEnforced && !isDeepStrictEqual(before.sso, WorkspacePolicyDto.of(after).sso))
      this.follow(id);
    return after;
  }

  private follow(workspaceId: string): void {
    for (const work of this.followers)
      this.database.afterCommit(() => this.database.inWorkspace(workspaceId, work));
  }

  /**
   * Locks the policy before these members, who are locked already, stop being admins. Returns whether any of them is
   * a break-glass admin.
   */
  async holdBreakGlassOf(memberIds: readonly string[]): Promise<boolean> {
    const named = await this.database.query(
      'select from workspace_policies where break_glass_member_ids && $1::uuid[] for no key update',
      [memberIds],
    );
    return named.length > 0;
  }

  /**
   * Those of these members without whom nobody could use a password any more, although single sign-on is enforced. To
   * be called with the policy locked by `holdBreakGlassOf`.
   */
  async lastBreakGlassOf(memberIds: readonly string[]): Promise<string[]> {
    const last = await this.database.query<{ id: string }>(
      `select m.id from workspace_policies p, unnest($1::uuid[]) as m (id)
        where p.sso_enforced and m.id = any (p.break_glass_member_ids)
          and has_working_break_glass_admin(p.workspace_id, array[m.id])
          and not has_working_break_glass_admin(p.workspace_id,
                array(select unnest(p.break_glass_member_ids) except select unnest($1::uuid[])))`,
      [memberIds],
    );
    return last.map(({ id }) => id);
  }

  /** Removes these members from the break-glass admins. They must be named again even if they become admins again. */
  async endBreakGlassOf(memberIds: readonly string[]): Promise<void> {
    if (!(await this.holdBreakGlassOf(memberIds))) return;
    const policy = await this.current();
    const breakGlassMemberIds = policy.breakGlassMemberIds.filter((id) => !memberIds.includes(id));
    const id = this.database.workspaceId;
    await this.policies.update({ workspaceId: id }, { breakGlassMemberIds, updatedAt: new Date() });
    const after = Object.assign(new WorkspacePolicy(), policy, { breakGlassMemberIds });
    this.trail.record({
      type: 'workspace.policy_updated',
      target: { type: 'workspace', id },
      data: {
        before: WorkspacePolicyDto.of(policy),
        after: WorkspacePolicyDto.of(after),
        because: 'no_admin_any_more',
      },
    });
  }

  private async refuseWhatCannotBe(before: WorkspacePolicy, after: WorkspacePolicy): Promise<void> {
    if (!isDeepStrictEqual(before.breakGlassMemberIds, after.breakGlassMemberIds)) {
      await this.refuseUnlessAdmins(after.breakGlassMemberIds);
    }
    if (!isDeepStrictEqual(before.jitAllowedDomains, after.jitAllowedDomains)) {
      await this.refuseUnlessVerified(after.jitAllowedDomains);
    }
    // While single sign-on is enforced the database protects its conditions, so other settings need no check.
    if (!after.ssoEnforced || before.ssoEnforced) return;
    const unmet = await this.enforcement.unmet(after.breakGlassMemberIds);
    if (unmet.length > 0) {
      throw new Conflict(
        'enforcement_blocked',
        'Not everything is ready to refuse passwords; see errors.',
        unmet,
      );
    }
  }

  /** Locks members before the policy, the order in which changes of members lock both. */
  private async holdMembers(ids: readonly string[]): Promise<void> {
    await this.database.query('select from members where id = any($1) order by id for share', [ids]);
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

  /** How many sessions the triggers ended in this transaction: their `ended_at` is its now(). */
  private async sessionsEndedNow(): Promise<number> {
    const [ended] = await this.database.query<{ count: number }>(
      `select count(*)::int as count from sessions
        where end_reason in ('sso_enforced', 'too_many_sessions') and ended_at = now()`,
    );
    return ended!.count;
  }

  /** Applies a lower maximum lifetime to existing keys. Keys that would end at once stay valid for GRACE_DAYS. */
  private async shortenApiKeys(before: WorkspacePolicy, after: WorkspacePolicy): Promise<number> {
    const { apiKeysMaxLifetimeDays: days } = after;
    if (days === null || days === before.apiKeysMaxLifetimeDays) return 0;
    const shortened = await this.database.query(
      `update api_keys set expires_at = latest.at
         from (select id, greatest(created_at + make_interval(secs => $1), now() + make_interval(secs => $2)) as at
                 from api_keys where revoked_at is null order by id for no key update) latest
        where api_keys.id = latest.id and (expires_at is null or expires_at > latest.at)
        returning api_keys.id`,
      [days * DAY_SECONDS, GRACE_DAYS * DAY_SECONDS],
    );
    return shortened.length;
  }

  private async refuseUnlessVerified(domains: readonly string[]): Promise<void> {
    const verified = await this.database.query<{ domain: string }>(
      `select domain from domains where domain = any($1) and status = 'verified'`,
      [domains],
    );
    if (domains.some((domain) => !verified.some((known) => known.domain === domain))) {
      throw new ValidationFailed([
        { field: 'sso.jit.allowedDomains', message: 'Each must be a verified domain of this workspace.' },
      ]);
    }
  }

  private get policies() {
    return this.database.repository(WorkspacePolicy);
  }
}

/** The columns of the given fields. */
function columnsOf({
  session,
  mfa,
  sso,
  apiKeys,
  scim,
  audit,
}: UpdateWorkspacePolicyDto): Partial<WorkspacePolicy> {
  const columns: Partial<WorkspacePolicy> = {
    accessTokenSeconds: session?.accessTokenSeconds,
    idleSeconds: session?.idleSeconds,
    absoluteSeconds: session?.absoluteSeconds,
    freshSeconds: session?.freshSeconds,
    maxConcurrentSessions: session?.maxConcurrent,
    ...mfaColumnsOf(mfa),
    ssoEnforced: sso?.enforced,
    breakGlassMemberIds: sso?.breakGlassMemberIds?.map((id) => id.toLowerCase()),
    jitEnabled: sso?.jit?.enabled,
    jitDefaultRole: sso?.jit?.defaultRole,
    jitAllowedDomains: sso?.jit?.allowedDomains?.map((domain) => domainToASCII(domain.trim().toLowerCase())),
    jitRequireMapping: sso?.jit?.requireMapping,
    apiKeysOnMemberRemoval: apiKeys?.onMemberRemoval,
    apiKeysMaxLifetimeDays: apiKeys?.maxLifetimeDays,
    apiKeysRateRequests: orNull(apiKeys?.rateLimit, 'requests'),
    apiKeysRateSeconds: orNull(apiKeys?.rateLimit, 'seconds'),
    scimMassChangeMembers: scim?.massChange?.members,
    scimMassChangePercent: scim?.massChange?.percent,
    scimMassChangeWindowMinutes: scim?.massChange?.windowMinutes,
    auditRetentionDays: audit?.retentionDays,
    auditLegalHold: audit?.legalHold,
    scimDirectorySetsRole: scim?.directorySetsRole,
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}

/** The value of a field that may be set to null. */
function orNull<T>(given: T | null | undefined, field: keyof T): T[keyof T] | null | undefined {
  return given === null ? null : given?.[field];
}

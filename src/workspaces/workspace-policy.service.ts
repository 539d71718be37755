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

/** What a key has left at least when the maximum is lowered. */
const GRACE_DAYS = 7;

/** Reads and changes the policy of the workspace in flight. */
@Injectable()
export class WorkspacePolicyService {
  private readAll: Prepared | undefined;

  constructor(
    private readonly database: Database,
    private readonly enforcement: EnforcementService,
    private readonly trail: AuditTrail,
    private readonly sessions: RunningSessions,
  ) {}

  /** The policy of this workspace. Every workspace has one from its first moment. */
  async current(): Promise<WorkspacePolicy> {
    this.readAll ??= prepared(
      'workspace_policy',
      `select ${this.database.columnsOf(WorkspacePolicy)} from workspace_policies`,
    );
    const [policy] = await this.database.query<WorkspacePolicy>(this.readAll);
    return policy!;
  }

  /** As current(); a change of it waits until this transaction ends, and then finds what was done under it. */
  held(): Promise<WorkspacePolicy> {
    return this.policies.createQueryBuilder('policy').setLock('pessimistic_read').getOneOrFail();
  }

  /**
   * Changes what is given and leaves the rest. Where passwords are refused from now on, the sessions they opened end
   * with it, and running sessions follow whatever becomes stricter for them. Throws 409 `enforcement_blocked` with every
   * unmet condition, 400
   * `validation_failed`, and from the database 409 `break_glass_required`. `refuse` sees what would be changed, which
   * nobody else changes meanwhile.
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
    return after;
  }

  /**
   * Before these members, who are held, cease to be admins: a change of what the policy says of them comes after it, and
   * before whatever the two hold besides. Answers whether it names any of them.
   */
  async holdBreakGlassOf(memberIds: readonly string[]): Promise<boolean> {
    const named = await this.database.query(
      'select from workspace_policies where break_glass_member_ids && $1::uuid[] for no key update',
      [memberIds],
    );
    return named.length > 0;
  }

  /** Who is no admin any more is no break-glass admin: neither now nor, unless named again, should they become one anew. */
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
    // Once it is on, the database keeps what it rests on; other settings may change whatever became of the rest.
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

  /** Ahead of the policy, as whoever changes them goes on to it. */
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

  /** What the triggers on the policy ended in this very transaction, whose time now() is. */
  private async sessionsEndedNow(): Promise<number> {
    const [ended] = await this.database.query<{ count: number }>(
      `select count(*)::int as count from sessions
        where end_reason in ('sso_enforced', 'too_many_sessions') and ended_at = now()`,
    );
    return ended!.count;
  }

  /** A lower maximum holds for keys that there are too; those it would end at once have some days left. */
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

/** The columns behind the fields that are given; those left out are not among them. */
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

/** A field of what may be given as null. */
function orNull<T>(given: T | null | undefined, field: keyof T): T[keyof T] | null | undefined {
  return given === null ? null : given?.[field];
}

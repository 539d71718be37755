import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { type Prepared, prepared } from '../../database/statement';
import { usableFactors } from '../factors/usable-factors';
import type { HeldMember } from '../../members/members.service';
import type { Policy } from '../../workspaces/workspace-policy.service';
import type { WorkspaceName } from './login-grant';

/** What the policy says about sessions. */
export type SessionPolicy = Pick<
  Policy,
  'accessTokenSeconds' | 'idleSeconds' | 'absoluteSeconds' | 'maxConcurrentSessions' | 'ssoEnforced'
>;

/** The settings of the workspace for second factors. */
export type FactorPolicy = Pick<
  Policy,
  'mfaRequired' | 'mfaRequiredSince' | 'mfaGracePeriodDays' | 'mfaAllowedFactors' | 'mfaTrustIdp'
>;

/** Who may use a password although single sign-on is enforced. */
export type BreakGlassPolicy = Pick<Policy, 'breakGlassMemberIds'>;

/** What LoginPolicyService needs to decide about a sign-in with a password or passkey, read in one statement. */
export interface LocalLoginStanding {
  readonly member: HeldMember;
  readonly policy: SessionPolicy & FactorPolicy & BreakGlassPolicy;
  /** The member has a second factor that the workspace allows. */
  readonly hasFactor: boolean;
  /** The password is short: a second factor is asked for beside it, whatever the workspace wants. */
  readonly passwordNeedsFactor: boolean;
  readonly workspace: WorkspaceName;
}

type StandingRow = HeldMember &
  LocalLoginStanding['policy'] & {
    readonly hasFactor: boolean;
    readonly passwordNeedsFactor: boolean;
    readonly workspaceId: string;
    readonly slug: string;
    readonly name: string;
  };

const standingBy = (name: string, { whose, held }: { whose: string; held: string }): Prepared =>
  prepared(
    name,
    `select m.id, m.user_id as "userId", m.email, m.role, m.created_at as "createdAt",
            p.access_token_seconds as "accessTokenSeconds", p.idle_seconds as "idleSeconds",
            p.absolute_seconds as "absoluteSeconds", p.max_concurrent_sessions as "maxConcurrentSessions",
            p.mfa_required as "mfaRequired", p.mfa_required_since as "mfaRequiredSince",
            p.mfa_grace_period_days as "mfaGracePeriodDays", p.mfa_allowed_factors as "mfaAllowedFactors",
            p.mfa_trust_idp as "mfaTrustIdp",
            p.sso_enforced as "ssoEnforced", p.break_glass_member_ids as "breakGlassMemberIds",
            exists (${usableFactors({ member: 'm.id', types: 'p.mfa_allowed_factors' })}
                       and f.workspace_id = m.workspace_id) as "hasFactor",
            u.password_needs_factor as "passwordNeedsFactor", w.id as "workspaceId", w.slug, w.name
       from members m
       join users u on u.id = m.user_id
       join workspace_policies p on p.workspace_id = m.workspace_id
       join workspaces w on w.id = m.workspace_id
       ${whose} and m.removed_at is null
        for share of ${held}`,
  );

const OF_MEMBER = standingBy('own_standing', { whose: 'where m.id = $1', held: 'm' });
/**
 * Finds the member whose user still has this password hash. Locks the user: a password change waits for this
 * transaction, and then finds and ends its session.
 */
const BY_PASSWORD = standingBy('own_standing_by_password', {
  whose: 'where m.user_id = $1 and u.password_hash = $2',
  held: 'm, u',
});

/**
 * Reads with one statement what decides about a sign-in with a password or passkey. Locks the member, so that nobody
 * removes them or changes their role before the transaction ends. Does not lock the policy: when it becomes stricter
 * meanwhile, triggers on `sessions` end the new session along with the others.
 */
@Injectable()
export class LocalLoginStandings {
  constructor(private readonly database: Database) {}

  /** Undefined when there is no such member, or not any more. */
  ofMember(id: string): Promise<LocalLoginStanding | undefined> {
    return this.read(OF_MEMBER, [id]);
  }

  /**
   * For this user in the current workspace, after the password was verified against this hash. Undefined when they are
   * not a member or their password has changed.
   */
  byPassword(userId: string, passwordHash: string): Promise<LocalLoginStanding | undefined> {
    return this.read(BY_PASSWORD, [userId, passwordHash]);
  }

  private async read(statement: Prepared, parameters: string[]): Promise<LocalLoginStanding | undefined> {
    const [row] = await this.database.query<StandingRow>(statement, parameters);
    if (!row) return undefined;
    const { workspaceId, slug, name, hasFactor, passwordNeedsFactor } = row;
    const workspace = { id: workspaceId, slug, name };
    return { member: row, policy: row, hasFactor, passwordNeedsFactor, workspace };
  }
}

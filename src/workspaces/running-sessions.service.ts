import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { SESSIONS_TURN } from './sessions-turn';
import type { WorkspacePolicy } from './workspace-policy.entity';

const NO_ID = '00000000-0000-0000-0000-000000000000';

/** Exclusive: no session can begin until the transaction ends. */
const HOLD_NEW_ONES = `select pg_advisory_xact_lock(${SESSIONS_TURN})`;

/**
 * Applies a change to all running sessions in portions. Triggers would do the same in one statement, which for
 * hundreds of thousands of sessions exceeds the statement timeout; done here first, in the same transaction, it
 * leaves them next to nothing. No session can begin meanwhile.
 */
@Injectable()
export class RunningSessions {
  /** How many sessions one statement changes, far below the statement timeout. */
  portion = 5_000;

  constructor(private readonly database: Database) {}

  /** Call before a policy is saved: shortens running sessions and ends those that the new policy does not allow. */
  async fit(before: WorkspacePolicy, after: WorkspacePolicy): Promise<void> {
    if (refusesOthers(before, after)) await this.endPasswords(after.breakGlassMemberIds);
    if (isTighter(before, after)) await this.tighten(after);
    if (lowersLimit(before, after)) await this.endOldest(after);
    if (demandsFactors(before, after)) await this.shortenBrowsers(after);
  }

  /**
   * Call before a connection is disabled or, with `forGood`, deleted. Ends its sessions; with `forGood` also removes
   * their references to the connection and its identities. No session can begin through a deleted connection, so this
   * does not block others.
   */
  async endOfConnection(connectionId: string, { forGood = false } = {}): Promise<void> {
    // In the order of the trigger, which locks these tables too: using one of their rows begins a session.
    for (const table of ['mfa_challenges', 'sign_in_codes', 'link_proofs']) {
      await this.database.query(
        `update ${table} set consumed_at = now() where connection_id = $1 and consumed_at is null`,
        [connectionId],
      );
    }
    if (forGood) {
      await this.ofAll(
        `ended_at = coalesce(ended_at, now()), end_reason = coalesce(end_reason, 'connection_withdrawn'),
         connection_id = null, identity_id = null`,
        'connection_id = $3',
        [connectionId],
      );
      return;
    }
    await this.database.query(HOLD_NEW_ONES);
    await this.ofAll(
      `ended_at = now(), end_reason = 'connection_withdrawn'`,
      'connection_id = $3 and ended_at is null',
      [connectionId],
    );
  }

  private async endPasswords(breakGlassMemberIds: readonly string[]): Promise<void> {
    // In the order of the trigger.
    await this.database.query('select from workspaces where id = current_workspace_id() for no key update');
    await this.database.query(
      `update mfa_challenges set consumed_at = now()
        where method in ('password', 'passkey') and consumed_at is null`,
    );
    await this.database.query(HOLD_NEW_ONES);
    await this.ofAll(
      `ended_at = now(), end_reason = 'sso_enforced'`,
      `method in ('password', 'passkey') and ended_at is null
         and not (member_id = any ($3::uuid[]) and 'mfa' = any (amr))`,
      [breakGlassMemberIds],
    );
  }

  private async tighten(policy: WorkspacePolicy): Promise<void> {
    const { idleSeconds, absoluteSeconds, accessTokenSeconds, freshSeconds } = policy;
    await this.database.query(HOLD_NEW_ONES);
    await this.ofAll(
      `idle_seconds = least(idle_seconds, $3::int),
       expires_at = least(expires_at, created_at + make_interval(secs => $4::int)),
       access_token_seconds = least(access_token_seconds, $5::int), fresh_seconds = $6::int`,
      `ended_at is null and (idle_seconds > $3 or expires_at > created_at + make_interval(secs => $4)
         or access_token_seconds > $5 or access_token_seconds is null or fresh_seconds is distinct from $6)`,
      [idleSeconds, absoluteSeconds, accessTokenSeconds, freshSeconds],
    );
  }

  private async endOldest({ maxConcurrentSessions }: WorkspacePolicy): Promise<void> {
    await this.database.query(HOLD_NEW_ONES);
    await this.ofMembers(
      `update sessions set ended_at = now(), end_reason = 'too_many_sessions'
        where id in (
          select s.id from portion m, lateral (
            select id from sessions
             where member_id = m.id and ended_at is null and expires_at > now()
               and last_used_at + make_interval(secs => idle_seconds) > now()
             order by created_at desc, id desc offset $3) s)`,
      [maxConcurrentSessions],
    );
  }

  private async shortenBrowsers(policy: WorkspacePolicy): Promise<void> {
    const { accessTokenSeconds, mfaRequiredSince, mfaGracePeriodDays, mfaRequired, mfaTrustIdp } = policy;
    await this.database.query(HOLD_NEW_ONES);
    await this.ofMembers(
      `update sessions s
          set expires_at = due.at, expires_with_factor_at = coalesce(s.expires_with_factor_at, s.expires_at)
         from portion m, lateral (
           select greatest(now() + make_interval(secs => $3),
                           greatest($4::timestamptz, m.created_at) + make_interval(days => $5)) as at) due
        where s.member_id = m.id and ($6 = 'all' or m.role = 'admin')
          and s.cookie_hash is not null and s.ended_at is null and s.expires_at > due.at
          and s.mfa_evidence is distinct from 'own'
          and (s.method in ('password', 'passkey') or $7 = 'always_ask'
               or $7 = 'evidence' and s.mfa_evidence is null)`,
      [accessTokenSeconds, mfaRequiredSince, mfaGracePeriodDays, mfaRequired, mfaTrustIdp],
    );
  }

  private ofAll(change: string, condition: string, parameters: unknown[]): Promise<void> {
    return this.inPortions(
      `select id from sessions where id > $1 and ${condition}`,
      `update sessions set ${change} from reached where id > $1 and id <= last and ${condition}`,
      parameters,
    );
  }

  /** Changes sessions by portions of members, for a `change` that depends on the member. */
  private ofMembers(change: string, parameters: unknown[]): Promise<void> {
    return this.inPortions('select id, role, created_at from members where id > $1', change, parameters);
  }

  private async inPortions(portion: string, change: string, parameters: unknown[]): Promise<void> {
    let last: string | null = NO_ID;
    while (last !== null) {
      const [row]: { last: string | null }[] = await this.database.query<{ last: string | null }>(
        `with portion as (${portion} order by id limit $2),
              reached as (select id as last from portion order by id desc limit 1),
              changed as (${change})
         select (select last from reached) as last`,
        [last, this.portion, ...parameters],
      );
      last = row!.last;
    }
  }
}

function refusesOthers(before: WorkspacePolicy, after: WorkspacePolicy): boolean {
  return (
    after.ssoEnforced &&
    (!before.ssoEnforced || String(before.breakGlassMemberIds) !== String(after.breakGlassMemberIds))
  );
}

function isTighter(before: WorkspacePolicy, after: WorkspacePolicy): boolean {
  return (
    before.idleSeconds !== after.idleSeconds ||
    before.absoluteSeconds !== after.absoluteSeconds ||
    before.accessTokenSeconds !== after.accessTokenSeconds ||
    before.freshSeconds !== after.freshSeconds
  );
}

function lowersLimit(before: WorkspacePolicy, after: WorkspacePolicy): boolean {
  return (after.maxConcurrentSessions ?? Infinity) < (before.maxConcurrentSessions ?? Infinity);
}

function demandsFactors(before: WorkspacePolicy, after: WorkspacePolicy): boolean {
  return (
    after.mfaRequired !== 'off' &&
    (before.mfaRequired !== after.mfaRequired ||
      before.mfaTrustIdp !== after.mfaTrustIdp ||
      before.mfaGracePeriodDays !== after.mfaGracePeriodDays)
  );
}

import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import type { ApiKeyScope } from '../access/permissions';
import { requireFreshAuthentication } from '../access/fresh-authentication';
import type { UserPrincipal } from '../access/principal';
import { AuditTrail } from '../audit/audit-trail';
import { issueCredential } from '../crypto/credential';
import { sha256 } from '../crypto/sha256';
import { uuidV7 } from '../crypto/uuid-v7';
import { Database } from '../database/database';
import { Conflict, Forbidden, NotFound } from '../http/problems';
import { letsMoreThrough, RateLimit } from '../http/rate-limit';
import { RATE_POLICIES } from '../rate-limits/rate-policy';
import { WorkspacePolicyService } from '../workspaces/workspace-policy.service';
import { ApiKey } from './api-key.entity';
import { earlier, expiryWithin, lifetimeAgain } from './api-key-lifetime';
import { type ApiKeyListing, type ApiKeyQuery, listApiKeys } from './api-key-list';

export interface IssuedApiKey {
  readonly key: ApiKey;
  /** Shown once; only its hash is kept. */
  readonly text: string;
}

/** What people decide about a key. */
export interface ApiKeyTerms {
  readonly name: string;
  readonly scopes: ApiKeyScope[];
  readonly expiresAt?: Date | null | undefined;
  readonly allowedIps?: string[] | undefined;
  readonly rateLimit?: RateLimit | null | undefined;
}

/** Fields that are undefined keep their value. */
export type ApiKeyChanges = { readonly [Term in keyof ApiKeyTerms]?: ApiKeyTerms[Term] | undefined };

/** The API keys of the workspace in flight. */
@Injectable()
export class ApiKeysService {
  constructor(
    private readonly database: Database,
    private readonly policies: WorkspacePolicyService,
    private readonly trail: AuditTrail,
  ) {}

  /** A page, newest first unless told otherwise. */
  list(query: ApiKeyQuery): Promise<ApiKeyListing> {
    return listApiKeys(this.keys, query);
  }

  /** The keys a member made, revoked ones too. Throws NotFound for a member of no or another workspace. */
  async listOf(memberId: string, query: ApiKeyQuery): Promise<ApiKeyListing> {
    const [member] = await this.database.query('select 1 from members where id = $1', [memberId]);
    if (!member) throw new NotFound('Member');
    return this.list({ ...query, createdBy: memberId });
  }

  /** Throws NotFound. */
  async get(id: string): Promise<ApiKey> {
    const key = await this.keys.findOneBy({ id });
    if (!key) throw new NotFound('API key');
    return key;
  }

  /** Throws 403 for scopes the creator does not hold, 400 for an expiry the workspace does not allow. */
  async create(creator: UserPrincipal, terms: ApiKeyTerms): Promise<IssuedApiKey> {
    refuseExcess(creator, terms.scopes);
    await this.holdMaker(creator);
    const expiresAt = expiryWithin(await this.maxLifetimeDays(), terms.expiresAt, new Date());
    return this.issue(creator, { ...terms, expiresAt });
  }

  /**
   * Changes the given fields. Throws as `create`, 401 `reauthentication_required` for a change that lets the key do
   * more, 409 `api_key_revoked`, 409 `api_key_expired` for a new expiry of an expired key, 409 `api_key_rotated` for
   * an expiry beyond the overlap of a rotated key, and 409 `api_key_changed` when `seen` is not the current edition.
   */
  async update(caller: UserPrincipal, id: string, changes: ApiKeyChanges, seen?: string): Promise<ApiKey> {
    const { expiresAt, ...others } = changes;
    const policy = await this.policies.held();
    const before = await this.lockLive(id);
    if (changes.scopes) refuseExcess(caller, changes.scopes);
    const after = Object.assign(new ApiKey(), before, columnsOf(others));
    if (expiresAt !== undefined && expiresAt?.getTime() !== before.expiresAt?.getTime()) {
      const now = new Date();
      // An expired key must not become valid again: its owner took it for dead, and its text may have leaked since.
      if (before.expiresAt && before.expiresAt <= now) {
        throw new Conflict(
          'api_key_expired',
          'This key has expired, for good: rotate it, or make a new one.',
        );
      }
      after.expiresAt = expiryWithin(policy.apiKeysMaxLifetimeDays, expiresAt, before.createdAt, now);
      if (before.replacedBy && earlier(before.expiresAt, after.expiresAt) === before.expiresAt) {
        throw new Conflict(
          'api_key_rotated',
          'Another key stands in its place: this one ends when it was to end.',
        );
      }
    }
    if (isDeepStrictEqual(termsOf(before), termsOf(after))) {
      this.trail.nothingChanged();
      return before;
    }
    if (seen !== undefined && seen !== editionOf(before)) {
      throw new Conflict(
        'api_key_changed',
        'Somebody has changed this key since you opened it. Look at what holds now, then save what you want.',
      );
    }
    const usual = RateLimit.of(policy.apiKeysRateRequests, policy.apiKeysRateSeconds);
    if (doesMore(before, after, usual ?? EVERYBODYS)) requireFreshAuthentication(caller);
    await this.keys.update({ id }, columnsOf(termsOf(after)));
    this.trail.record({
      type: 'api_key.updated',
      target: { type: 'api_key', id },
      data: { before: termsOf(before), after: termsOf(after) },
    });
    return after;
  }

  /** Ends the key for good, once. Throws NotFound. */
  async revoke(id: string): Promise<void> {
    const { affected } = await this.keys.update(
      { id, revokedAt: IsNull() },
      { revokedAt: () => 'now()', revokeReason: 'revoked' },
    );
    const { name } = await this.get(id);
    if (!affected) return this.trail.nothingChanged();
    this.trail.record({ type: 'api_key.revoked', target: { type: 'api_key', id }, data: { name } });
  }

  /**
   * Creates a new key with the terms and the lifetime of an old one. The old one ends now, or after the overlap.
   * Throws as `create`, 409 `api_key_revoked`, and 409 `api_key_rotated` when it has been rotated already.
   */
  async rotate(
    caller: UserPrincipal,
    id: string,
    overlapSeconds: number,
  ): Promise<IssuedApiKey & { previous: ApiKey }> {
    await this.holdMaker(caller);
    const most = await this.maxLifetimeDays();
    const old = await this.lockLive(id);
    if (old.replacedBy) {
      throw new Conflict('api_key_rotated', 'Another key stands in its place already: see replacedBy.');
    }
    refuseExcess(caller, old.scopes);
    const now = new Date();
    const latest = expiryWithin(most, undefined, now);
    const expiresAt = earlier(latest, lifetimeAgain(old, now));
    const issued = await this.issue(caller, { ...termsOf(old), expiresAt });
    const end = new Date(now.getTime() + overlapSeconds * 1000);
    await this.keys.update(
      { id },
      overlapSeconds === 0
        ? { replacedBy: issued.key.id, revokedAt: now, revokeReason: 'rotated' }
        : { replacedBy: issued.key.id, expiresAt: earlier(end, old.expiresAt) },
    );
    const previous = await this.get(id);
    this.trail.record({
      type: 'api_key.rotated',
      target: { type: 'api_key', id },
      data: {
        name: old.name,
        newKeyId: issued.key.id,
        expiresAt: previous.expiresAt,
        revokedAt: previous.revokedAt,
      },
    });
    return { ...issued, previous };
  }

  /**
   * Makes the caller answer for a key whose maker has left. Throws 403 for scopes the caller does not hold, 409
   * `creator_present`, and 409 `api_key_revoked`.
   */
  async adopt(caller: UserPrincipal, id: string): Promise<ApiKey> {
    await this.holdMaker(caller);
    const key = await this.lockLive(id);
    if (!key.creatorLeftAt) {
      throw new Conflict('creator_present', 'Whoever made this key is still a member.');
    }
    refuseExcess(caller, key.scopes);
    await this.keys.update({ id }, { createdBy: caller.memberId, creatorLeftAt: null });
    this.trail.record({
      type: 'api_key.adopted',
      target: { type: 'api_key', id },
      data: { name: key.name, before: { createdBy: key.createdBy }, after: { createdBy: caller.memberId } },
    });
    return this.get(id);
  }

  private async issue(creator: UserPrincipal, terms: ApiKeyTerms): Promise<IssuedApiKey> {
    const id = uuidV7();
    const { text, hash, hint } = issueCredential('gh', this.database.workspaceId, id);
    await this.keys.insert({
      ...columnsOf(terms),
      ...{ id, secretHash: hash, hint, createdBy: creator.memberId },
    });
    const key = await this.get(id);
    this.trail.record({ type: 'api_key.created', target: { type: 'api_key', id }, data: termsOf(key) });
    return { key, text };
  }

  /**
   * Locks the member who will own the key, before the policy and the key. Removing and demoting a member locks in the
   * same order, so they cannot deadlock.
   */
  private async holdMaker({ memberId }: UserPrincipal): Promise<void> {
    await this.database.query('select from members where id = $1 for share', [memberId]);
  }

  private async lockLive(id: string): Promise<ApiKey> {
    const key = await this.keys.findOne({ where: { id }, lock: { mode: 'for_no_key_update' } });
    if (!key) throw new NotFound('API key');
    if (key.revokedAt) throw new Conflict('api_key_revoked', 'This key is revoked; make a new one.');
    return key;
  }

  /**
   * Locks the policy until COMMIT, so that a lowered maximum also applies to keys created at this moment. Lowering it
   * locks the policy before the keys, so this must come before any key.
   */
  private async maxLifetimeDays(): Promise<number | null> {
    return (await this.policies.held()).apiKeysMaxLifetimeDays;
  }

  private get keys() {
    return this.database.repository(ApiKey);
  }
}

function refuseExcess(granter: UserPrincipal, scopes: readonly ApiKeyScope[]): void {
  const excess = scopes.filter((scope) => !granter.permissions.has(scope));
  if (excess.length > 0) throw new Forbidden(`You cannot grant what you do not hold: ${excess.join(', ')}.`);
}

/** How often a key may call where neither it nor its workspace says. */
const EVERYBODYS: RateLimit = {
  requests: RATE_POLICIES.account.quota,
  seconds: RATE_POLICIES.account.windowSeconds,
};

/** With another scope, for longer, from elsewhere, or more often: that is worth as much as a new key. */
function doesMore(before: ApiKey, after: ApiKey, usual: RateLimit): boolean {
  return (
    after.scopes.some((scope) => !before.scopes.includes(scope)) ||
    earlier(before.expiresAt, after.expiresAt)?.getTime() !== after.expiresAt?.getTime() ||
    letsMoreThrough(ownRate(after) ?? usual, ownRate(before) ?? usual) ||
    (before.allowedIps.length > 0 &&
      (after.allowedIps.length === 0 || after.allowedIps.some((range) => !before.allowedIps.includes(range))))
  );
}

const ownRate = ({ rateLimitRequests, rateLimitSeconds }: ApiKey): RateLimit | null =>
  RateLimit.of(rateLimitRequests, rateLimitSeconds);

function termsOf(key: ApiKey): Required<ApiKeyTerms> {
  const { name, scopes, expiresAt, allowedIps } = key;
  return {
    ...{ name, scopes, expiresAt, allowedIps },
    rateLimit: ownRate(key),
  };
}

/** A hash of the fields that people set; it detects concurrent changes. */
export const editionOf = (key: ApiKey): string => sha256(JSON.stringify(termsOf(key))).toString('base64url');

/** The columns behind the terms that are given. */
function columnsOf({ rateLimit, ...terms }: ApiKeyChanges): Partial<ApiKey> {
  const columns: { [Column in keyof ApiKey]?: unknown } = {
    ...terms,
    rateLimitRequests: rateLimit === null ? null : rateLimit?.requests,
    rateLimitSeconds: rateLimit === null ? null : rateLimit?.seconds,
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}

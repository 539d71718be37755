import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { IsNull, LessThan } from 'typeorm';
import type { ApiKeyScope } from '../access/permissions';
import type { UserPrincipal } from '../access/principal';
import { AuditTrail } from '../audit/audit-trail';
import { issueCredential } from '../crypto/credential';
import { uuidV7 } from '../crypto/uuid-v7';
import { Database } from '../database/database';
import { decodeCursor, type PageQuery } from '../http/page';
import { Conflict, Forbidden, NotFound } from '../http/problems';
import { WorkspacePolicyService } from '../workspaces/workspace-policy.service';
import { ApiKey } from './api-key.entity';
import { earlier, expiryWithin, lifetimeAgain } from './api-key-lifetime';

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
}

/** The API keys of the workspace in flight. */
@Injectable()
export class ApiKeysService {
  constructor(
    private readonly database: Database,
    private readonly policies: WorkspacePolicyService,
    private readonly trail: AuditTrail,
  ) {}

  /** Newest first, of one creator or of all; one row more than the page holds. */
  list({ limit, cursor }: PageQuery, createdBy?: string): Promise<ApiKey[]> {
    return this.keys.find({
      where: {
        ...(createdBy ? { createdBy } : {}),
        ...(cursor ? { id: LessThan(decodeCursor(cursor)) } : {}),
      },
      order: { id: 'DESC' },
      take: limit + 1,
    });
  }

  /** The keys a member made, revoked ones too. Throws NotFound for a member of no or another workspace. */
  async listOf(memberId: string, query: PageQuery): Promise<ApiKey[]> {
    const [member] = await this.database.query('select 1 from members where id = $1', [memberId]);
    if (!member) throw new NotFound('Member');
    return this.list(query, memberId);
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
    const expiresAt = expiryWithin(await this.maxLifetimeDays(), terms.expiresAt, new Date());
    return this.issue(creator, { ...terms, expiresAt });
  }

  /** Changes what is given. Throws as `create`, and 409 `api_key_revoked`. */
  async update(caller: UserPrincipal, id: string, changes: Partial<ApiKeyTerms>): Promise<ApiKey> {
    const before = await this.lockLive(id);
    if (changes.scopes) refuseExcess(caller, changes.scopes);
    const after = Object.assign(new ApiKey(), before, given(changes));
    if (changes.expiresAt !== undefined && changes.expiresAt?.getTime() !== before.expiresAt?.getTime()) {
      after.expiresAt = expiryWithin(
        await this.maxLifetimeDays(),
        changes.expiresAt,
        before.createdAt,
        new Date(),
      );
    }
    if (isDeepStrictEqual(termsOf(before), termsOf(after))) {
      this.trail.nothingChanged();
      return before;
    }
    await this.keys.update({ id }, termsOf(after));
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
   * A new key in place of an old one, with the same terms and the same lifetime again. The old one ends now, or
   * after the overlap. Throws as `create`, and 409 `api_key_revoked`.
   */
  async rotate(
    caller: UserPrincipal,
    id: string,
    overlapSeconds: number,
  ): Promise<IssuedApiKey & { previous: ApiKey }> {
    const old = await this.lockLive(id);
    refuseExcess(caller, old.scopes);
    const now = new Date();
    const latest = expiryWithin(await this.maxLifetimeDays(), undefined, now);
    const issued = await this.issue(caller, {
      ...termsOf(old),
      expiresAt: earlier(latest, lifetimeAgain(old, now)),
    });
    if (overlapSeconds === 0) {
      await this.keys.update({ id }, { revokedAt: now, revokeReason: 'rotated' });
    } else {
      const end = new Date(now.getTime() + overlapSeconds * 1000);
      if (!old.expiresAt || end < old.expiresAt) await this.keys.update({ id }, { expiresAt: end });
    }
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

  private async issue(
    creator: UserPrincipal,
    { name, scopes, expiresAt, allowedIps }: ApiKeyTerms,
  ): Promise<IssuedApiKey> {
    const id = uuidV7();
    const { text, hash, hint } = issueCredential('gh', this.database.workspaceId, id);
    await this.keys.insert({
      id,
      name,
      scopes,
      secretHash: hash,
      hint,
      createdBy: creator.memberId,
      expiresAt: expiresAt ?? null,
      allowedIps: allowedIps ?? [],
    });
    const key = await this.get(id);
    this.trail.record({ type: 'api_key.created', target: { type: 'api_key', id }, data: termsOf(key) });
    return { key, text };
  }

  private async lockLive(id: string): Promise<ApiKey> {
    const key = await this.keys.findOne({ where: { id }, lock: { mode: 'for_no_key_update' } });
    if (!key) throw new NotFound('API key');
    if (key.revokedAt) throw new Conflict('api_key_revoked', 'This key is revoked; make a new one.');
    return key;
  }

  private async maxLifetimeDays(): Promise<number | null> {
    return (await this.policies.current()).apiKeysMaxLifetimeDays;
  }

  private get keys() {
    return this.database.repository(ApiKey);
  }
}

function refuseExcess(granter: UserPrincipal, scopes: readonly ApiKeyScope[]): void {
  const excess = scopes.filter((scope) => !granter.permissions.has(scope));
  if (excess.length > 0) throw new Forbidden(`You cannot grant what you do not hold: ${excess.join(', ')}.`);
}

function termsOf({ name, scopes, expiresAt, allowedIps }: ApiKey) {
  return { name, scopes, expiresAt, allowedIps };
}

function given({ name, scopes, allowedIps }: Partial<ApiKeyTerms>): Partial<ApiKeyTerms> {
  return {
    ...(name !== undefined && { name }),
    ...(scopes !== undefined && { scopes }),
    ...(allowedIps !== undefined && { allowedIps }),
  };
}

import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Authenticator, Credential } from '../access/authenticator';
import type { ApiKeyScope, Role } from '../access/permissions';
import type { ApiKeyPrincipal } from '../access/principal';
import { type PresentedCredential, readCredential, sameHash } from '../crypto/credential';
import { Database } from '../database/database';
import { type Locator, Recogniser } from '../database/recogniser';
import { RateLimit } from '../http/rate-limit';
import { grantedScopes, MAKER } from './granted-scopes';
import { isAllowedAddress } from './ip-ranges';
import { RefusedApiKeys } from './refused-api-keys';
import { ApiKeyUse } from './usage/api-key-use';

interface RecognisedKey {
  workspace_slug: string;
  workspace_name: string;
  name: string;
  scopes: ApiKeyScope[];
  secret_hash: Buffer;
  allowed_ips: string[];
  created_by: string;
  expires_at: Date | null;
  creator_role: Role;
  creator_approver: boolean;
  rate_requests: number | null;
  rate_seconds: number | null;
}

/** The live key with what limits it: the permissions of its creator and the policy of the workspace. */
const LIVE_KEY = `
  select w.slug as workspace_slug, w.name as workspace_name, k.name, k.scopes, k.secret_hash, k.allowed_ips,
         k.created_by, k.expires_at, ${MAKER},
         coalesce(k.rate_limit_requests, p.api_keys_rate_requests) as rate_requests,
         case when k.rate_limit_requests is null then p.api_keys_rate_seconds else k.rate_limit_seconds end
           as rate_seconds
    from api_keys k
    join workspaces w on w.id = asked.workspace_id
    join members m on m.workspace_id = asked.workspace_id and m.id = k.created_by
    left join workspace_policies p on p.workspace_id = asked.workspace_id
   where k.workspace_id = asked.workspace_id and k.id = asked.id
     and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())`;

/**
 * Authenticates programs by an API key in `x-api-key`. Reads the key from the database for each request, in one round
 * trip shared by requests of the same tick.
 */
@Injectable()
export class ApiKeyAuthenticator implements Authenticator {
  private readonly keys: Recogniser<RecognisedKey>;

  constructor(
    database: Database,
    private readonly use: ApiKeyUse,
    private readonly refused: RefusedApiKeys,
  ) {
    this.keys = new Recogniser(database, 'recognise_api_keys', LIVE_KEY);
  }

  accepts({ scheme }: Credential): boolean {
    return scheme === 'api_key';
  }

  /** Undefined for every fault of the key: only the audit log tells them apart, not the response. */
  async authenticate({ text }: Credential, request: FastifyRequest): Promise<ApiKeyPrincipal | undefined> {
    const presented = readCredential('gh', text);
    const key = presented && (await this.find(presented));
    if (!key || !isAllowedAddress(key.allowed_ips, request.ip)) {
      await this.refused.settle(presented, request.ip);
      return undefined;
    }
    const call = `${request.method} ${request.routeOptions.url ?? ''}`;
    this.use.note({ workspaceId: presented.workspaceId, keyId: presented.id, ip: request.ip, call });
    return principalOf(presented, key);
  }

  /** The principal of a key, without the check of its allowed networks; for introspection. */
  async inspect(text: string): Promise<ApiKeyPrincipal | undefined> {
    const presented = readCredential('gh', text);
    const key = presented && (await this.find(presented));
    return key && principalOf(presented, key);
  }

  private async find(presented: PresentedCredential): Promise<RecognisedKey | undefined> {
    const key = await this.keys.find(presented);
    return key && sameHash(key.secret_hash, presented.hash) ? key : undefined;
  }
}

function principalOf({ workspaceId, id }: Locator, row: RecognisedKey): ApiKeyPrincipal {
  const scopes = grantedScopes(row);
  return {
    kind: 'api_key',
    id,
    name: row.name,
    createdBy: row.created_by,
    workspaceId,
    workspace: { id: workspaceId, slug: row.workspace_slug, name: row.workspace_name },
    scopes,
    permissions: new Set(scopes),
    expiresAt: row.expires_at,
    rateLimit: RateLimit.of(row.rate_requests, row.rate_seconds),
  };
}

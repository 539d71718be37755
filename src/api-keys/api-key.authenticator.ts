import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Authenticator, Credential } from '../access/authenticator';
import type { ApiKeyScope, Role } from '../access/permissions';
import type { ApiKeyPrincipal } from '../access/principal';
import { type PresentedCredential, readCredential, sameHash } from '../crypto/credential';
import { Database } from '../database/database';
import { Recogniser } from '../database/recogniser';
import { RateLimit } from '../http/rate-limit';
import { grantedScopes } from './granted-scopes';
import { isAllowedAddress } from './ip-ranges';
import { RefusedApiKeys } from './refused-api-keys';
import { ApiKeyUse } from './usage/api-key-use';

interface RecognisedKey {
  ordinal: number;
  key_id: string;
  workspace_id: string;
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
  creator_removed: boolean;
  rate_requests: number | null;
  rate_seconds: number | null;
}

/**
 * Programs: the text of an API key in `x-api-key`. Whether it is live and what it may do is read from the database
 * at this moment, in one round trip that requests of the same tick share.
 */
@Injectable()
export class ApiKeyAuthenticator implements Authenticator {
  private readonly keys: Recogniser<RecognisedKey>;

  constructor(
    database: Database,
    private readonly use: ApiKeyUse,
    private readonly refused: RefusedApiKeys,
  ) {
    this.keys = new Recogniser(database, 'recognise_api_keys');
  }

  accepts({ scheme }: Credential): boolean {
    return scheme === 'api_key';
  }

  /** Undefined for whatever is wrong with the key: outside of the audit log, one refusal looks like any other. */
  async authenticate({ text }: Credential, request: FastifyRequest): Promise<ApiKeyPrincipal | undefined> {
    const presented = readCredential('gh', text);
    const key = await this.find(presented);
    if (!key || !isAllowedAddress(key.allowed_ips, request.ip)) {
      await this.refused.settle(presented, request.ip);
      return undefined;
    }
    const call = `${request.method} ${request.routeOptions.url ?? ''}`;
    this.use.note({ workspaceId: key.workspace_id, keyId: key.key_id, ip: request.ip, call });
    return principalOf(key);
  }

  /** Whom a key stands for, wherever it is presented from; for introspection. */
  async inspect(text: string): Promise<ApiKeyPrincipal | undefined> {
    const key = await this.find(readCredential('gh', text));
    return key && principalOf(key);
  }

  private async find(presented: PresentedCredential | undefined): Promise<RecognisedKey | undefined> {
    const key = presented && (await this.keys.find(presented));
    return key && sameHash(key.secret_hash, presented.hash) ? key : undefined;
  }
}

function principalOf(row: RecognisedKey): ApiKeyPrincipal {
  const scopes = grantedScopes(row);
  return {
    kind: 'api_key',
    id: row.key_id,
    name: row.name,
    createdBy: row.created_by,
    workspaceId: row.workspace_id,
    workspace: { id: row.workspace_id, slug: row.workspace_slug, name: row.workspace_name },
    scopes,
    permissions: new Set(scopes),
    expiresAt: row.expires_at,
    rateLimit: RateLimit.of(row.rate_requests, row.rate_seconds),
  };
}

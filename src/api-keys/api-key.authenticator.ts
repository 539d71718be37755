import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Authenticator, Credential } from '../access/authenticator';
import { type ApiKeyScope, permissionsOf, type Role } from '../access/permissions';
import type { ApiKeyPrincipal } from '../access/principal';
import { readCredential, sameHash } from '../crypto/credential';
import { Database } from '../database/database';
import { Recogniser } from '../database/recogniser';
import { Forbidden } from '../http/problems';
import { requestContext } from '../http/request-context';
import { ApiKeyUse } from './api-key-use';
import { isAllowedAddress } from './ip-ranges';

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
  ) {
    this.keys = new Recogniser(database, 'recognise_api_keys');
  }

  accepts({ scheme }: Credential): boolean {
    return scheme === 'api_key';
  }

  /** Throws 403 `ip_not_allowed` for a good key from a wrong address; everything else wrong is undefined. */
  async authenticate({ text }: Credential, request: FastifyRequest): Promise<ApiKeyPrincipal | undefined> {
    const key = await this.find(text);
    if (!key) return undefined;
    if (!isAllowedAddress(key.allowed_ips, request.ip)) throw this.wrongAddress(key);
    this.use.note(key.workspace_id, key.key_id);
    return principalOf(key);
  }

  /** Whom a key stands for, wherever it is presented from; for introspection. */
  async inspect(text: string): Promise<ApiKeyPrincipal | undefined> {
    const key = await this.find(text);
    return key && principalOf(key);
  }

  private async find(text: string): Promise<RecognisedKey | undefined> {
    const presented = readCredential('gh', text);
    const key = presented && (await this.keys.find(presented));
    return key && sameHash(key.secret_hash, presented.hash) ? key : undefined;
  }

  /** The key is good and its owner should know that somebody else tried it: so the refusal is recorded. */
  private wrongAddress({ key_id, workspace_id }: RecognisedKey): Forbidden {
    const context = requestContext.current();
    if (context) context.caller = { kind: 'api_key', id: key_id, workspaceId: workspace_id };
    return new Forbidden('This key may not be used from this address.', 'ip_not_allowed');
  }
}

/**
 * A key does no more than whoever made it may do now. When that member has left and the workspace keeps such keys
 * (a policy it chose), the scopes stand as they are.
 */
function principalOf(row: RecognisedKey): ApiKeyPrincipal {
  const held = permissionsOf(row.creator_role, row.creator_approver);
  const scopes = row.creator_removed ? row.scopes : row.scopes.filter((scope) => held.has(scope));
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
  };
}

import { Injectable } from '@nestjs/common';
import type { ScimScope } from '../../access/scim-scopes';
import { AuditTrail } from '../../audit/audit-trail';
import { issueCredential, readCredential, sameHash } from '../../crypto/credential';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { RefusedCredentials } from '../directories/refused-credentials';
import { ScimTokenUse } from '../directories/scim-token-use';
import { OAuthRefusal } from '../../http/oauth-refusal';
import { type TokenRequest, unknownClient } from './token-request';

/** RFC 6749 section 5.1. */
export interface AccessTokenAnswer {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly scope: string;
}

interface ClientRow {
  readonly name: string;
  readonly secret_hash: Buffer;
  readonly scopes: ScimScope[];
  readonly live: boolean;
}

const LIFETIME_SECONDS = 3600;
/** Some connectors request a token with every call; only the latest ones of a client stay valid. */
const MOST_LIVE = 50;

/** Issues access tokens to clients (RFC 6749 section 4.4). */
@Injectable()
export class AccessTokens {
  constructor(
    private readonly database: Database,
    private readonly use: ScimTokenUse,
    private readonly refused: RefusedCredentials,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Issues a token for the requested scopes. An unknown client and a wrong secret cost the same time and get the same
   * response: the secret itself says which row to look up.
   * @throws OAuthRefusal `invalid_client`, `invalid_scope`
   */
  async issue({ clientId, clientSecret, scopes }: TokenRequest): Promise<AccessTokenAnswer> {
    const presented = readCredential('ghk', clientSecret);
    if (!presented || presented.id !== clientId.toLowerCase()) throw unknownClient();
    const answer = await this.database.inWorkspace(presented.workspaceId, async () => {
      const client = await this.find(presented.id);
      if (!client || !sameHash(client.secret_hash, presented.hash)) return undefined;
      return client.live ? this.make(presented, client, scopes ?? client.scopes) : undefined;
    });
    if (answer) return answer;
    await this.refused.note(presented);
    throw unknownClient();
  }

  private async find(id: string): Promise<ClientRow | undefined> {
    const [client] = await this.database.query<ClientRow>(
      `select name, secret_hash, scopes, revoked_at is null and (expires_at is null or expires_at > now()) as live
         from scim_tokens where id = $1 and kind = 'client'`,
      [id],
    );
    return client;
  }

  private async make(
    { workspaceId, id: clientId }: { workspaceId: string; id: string },
    client: ClientRow,
    scopes: readonly ScimScope[],
  ): Promise<AccessTokenAnswer> {
    if (!scopes.every((scope) => client.scopes.includes(scope)))
      throw new OAuthRefusal('invalid_scope', `This client has the scopes ${client.scopes.join(', ')}.`);
    await this.sweep(clientId);
    const id = uuidV7();
    const { text, hash } = issueCredential('gha', workspaceId, id);
    const [token] = await this.database.query<{ seconds: number }>(
      `insert into scim_access_tokens (id, client_id, secret_hash, scopes, expires_at)
       select $1, c.id, $3, $4, least(now() + make_interval(secs => $5), c.expires_at)
         from scim_tokens c where c.id = $2
       returning greatest(floor(extract(epoch from expires_at - now())), 0)::int as seconds`,
      [id, clientId, hash, scopes, LIFETIME_SECONDS],
    );
    this.use.noteAlong(clientId);
    this.trail.record({
      type: 'scim_client.token_issued',
      target: { type: 'scim_client', id: clientId },
      actor: { type: 'scim', id: clientId },
      data: { name: client.name, scopes },
    });
    return {
      access_token: text,
      token_type: 'Bearer',
      expires_in: token!.seconds,
      scope: scopes.join(' '),
    };
  }

  private async sweep(clientId: string): Promise<void> {
    await this.database.query(
      `delete from scim_access_tokens where client_id = $1 and (expires_at <= now() or id not in (
         select id from scim_access_tokens where client_id = $1 order by created_at desc limit $2))`,
      [clientId, MOST_LIVE - 1],
    );
  }
}

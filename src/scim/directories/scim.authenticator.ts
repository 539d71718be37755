import { Injectable } from '@nestjs/common';
import type { Authenticator, Credential } from '../../access/authenticator';
import type { Permission } from '../../access/permissions';
import type { PlanWithout } from '../../access/plans';
import type { ScimPrincipal } from '../../access/principal';
import type { ScimScope } from '../../access/scim-scopes';
import { readCredential, sameHash } from '../../crypto/credential';
import { Database } from '../../database/database';
import { Recogniser } from '../../database/recogniser';
import { RefusedCredentials } from './refused-credentials';
import { ScimTokenUse } from './scim-token-use';

interface TokenRow {
  token_id: string;
  workspace_id: string;
  name: string;
  secret_hash: Buffer;
  scopes: ScimScope[];
  lacking: PlanWithout | null;
}

const LIVE_TOKEN = `
  select t.id as token_id, t.workspace_id, t.name, t.secret_hash, t.scopes,
         plan_without('scim', t.workspace_id) as lacking
    from scim_tokens t
   where t.workspace_id = asked.workspace_id and t.id = asked.id and t.kind = 'token' and t.revoked_at is null
     and (t.expires_at is null or t.expires_at > now())`;

/** Finds a valid access token. It never outlives its client. */
const LIVE_ACCESS_TOKEN = `
  select c.id as token_id, c.workspace_id, c.name, a.secret_hash, a.scopes,
         plan_without('scim', c.workspace_id) as lacking
    from scim_access_tokens a
    join scim_tokens c on c.workspace_id = asked.workspace_id and c.id = a.client_id
   where a.workspace_id = asked.workspace_id and a.id = asked.id and a.expires_at > now() and c.revoked_at is null
     and (c.expires_at is null or c.expires_at > now())`;

const NO_PERMISSIONS: ReadonlySet<Permission> = new Set();

/**
 * Authenticates directories by SCIM token or access token. Requests that arrive at the same moment share a round
 * trip.
 */
@Injectable()
export class ScimAuthenticator implements Authenticator {
  private readonly kinds: ReadonlyMap<'ghs' | 'gha', Recogniser<TokenRow>>;

  constructor(
    database: Database,
    private readonly refused: RefusedCredentials,
    private readonly use: ScimTokenUse,
  ) {
    this.kinds = new Map([
      ['ghs', new Recogniser<TokenRow>(database, 'recognise_scim_tokens', LIVE_TOKEN)],
      ['gha', new Recogniser<TokenRow>(database, 'recognise_scim_access_tokens', LIVE_ACCESS_TOKEN)],
    ]);
  }

  accepts({ scheme, text }: Credential): boolean {
    return scheme === 'bearer' && (text.startsWith('ghs_') || text.startsWith('gha_'));
  }

  async authenticate({ text }: Credential): Promise<ScimPrincipal | undefined> {
    const prefix = text.startsWith('gha_') ? 'gha' : 'ghs';
    const presented = readCredential(prefix, text);
    if (!presented) return undefined;
    const row = await this.kinds.get(prefix)!.find(presented);
    if (!row || !sameHash(row.secret_hash, presented.hash)) {
      // Looked up whatever is wrong with the token, so that the time does not reveal whether it exists.
      if (prefix === 'ghs') await this.refused.note(presented);
      return undefined;
    }
    // A request that the workspace's plan does not allow is refused later and does not count as use.
    if (!row.lacking) await this.use.note(row.workspace_id, row.token_id);
    return {
      kind: 'scim',
      id: row.token_id,
      name: row.name,
      workspaceId: row.workspace_id,
      permissions: NO_PERMISSIONS,
      scopes: row.scopes,
      lacking: row.lacking,
    };
  }
}

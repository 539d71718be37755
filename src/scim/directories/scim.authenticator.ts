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

interface TokenRow {
  ordinal: number;
  token_id: string;
  workspace_id: string;
  name: string;
  secret_hash: Buffer;
  scopes: ScimScope[];
  lacking: PlanWithout | null;
}

const NO_PERMISSIONS: ReadonlySet<Permission> = new Set();

/**
 * Recognises directories by their SCIM token, or by the access token of their client. Requests of the same moment
 * share one round trip.
 */
@Injectable()
export class ScimAuthenticator implements Authenticator {
  private readonly kinds: ReadonlyMap<'ghs' | 'gha', Recogniser<TokenRow>>;

  constructor(
    database: Database,
    private readonly refused: RefusedCredentials,
  ) {
    this.kinds = new Map([
      ['ghs', new Recogniser<TokenRow>(database, 'recognise_scim_tokens')],
      ['gha', new Recogniser<TokenRow>(database, 'recognise_scim_access_tokens')],
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
      // For whatever is wrong with it, so that time does not tell whether there is such a token.
      if (prefix === 'ghs') await this.refused.note(presented);
      return undefined;
    }
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

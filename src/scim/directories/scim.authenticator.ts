import { Injectable } from '@nestjs/common';
import type { Authenticator, Credential } from '../../access/authenticator';
import type { Permission } from '../../access/permissions';
import type { ScimPrincipal } from '../../access/principal';
import { readCredential, sameHash } from '../../crypto/credential';
import { Database } from '../../database/database';
import { Recogniser } from '../../database/recogniser';

interface TokenRow {
  ordinal: number;
  token_id: string;
  workspace_id: string;
  name: string;
  secret_hash: Buffer;
}

const NO_PERMISSIONS: ReadonlySet<Permission> = new Set();

/** Recognises directories by their SCIM token. Requests of the same moment share one round trip. */
@Injectable()
export class ScimAuthenticator implements Authenticator {
  private readonly tokens: Recogniser<TokenRow>;

  constructor(database: Database) {
    this.tokens = new Recogniser(database, 'recognise_scim_tokens');
  }

  accepts({ scheme, text }: Credential): boolean {
    return scheme === 'bearer' && text.startsWith('ghs_');
  }

  async authenticate({ text }: Credential): Promise<ScimPrincipal | undefined> {
    const presented = readCredential('ghs', text);
    const row = presented && (await this.tokens.find(presented));
    if (!row || !sameHash(row.secret_hash, presented.hash)) return undefined;
    return {
      kind: 'scim',
      id: row.token_id,
      name: row.name,
      workspaceId: row.workspace_id,
      permissions: NO_PERMISSIONS,
    };
  }
}

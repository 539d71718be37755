import { Injectable } from '@nestjs/common';
import type { Authenticator, Credential } from '../../access/authenticator';
import type { Permission } from '../../access/permissions';
import type { ScimPrincipal } from '../../access/principal';
import { type PresentedCredential, readCredential, sameHash } from '../../crypto/credential';
import { Database } from '../../database/database';
import { TickBatch } from '../../database/tick-batch';

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
  private readonly rows: TickBatch<PresentedCredential, TokenRow>;

  constructor(database: Database) {
    this.rows = new TickBatch(
      ({ id, workspaceId }) => `${workspaceId} ${id}`,
      async (tokens) => {
        const found = await database.lookUp<TokenRow>(
          'recognise_scim_tokens',
          'select * from recognise_scim_tokens($1, $2)',
          [tokens.map(({ workspaceId }) => workspaceId), tokens.map(({ id }) => id)],
        );
        const byOrdinal = new Map(found.map((row) => [row.ordinal, row]));
        return tokens.map((_, index) => byOrdinal.get(index + 1));
      },
    );
  }

  accepts({ scheme, text }: Credential): boolean {
    return scheme === 'bearer' && text.startsWith('ghs_');
  }

  async authenticate({ text }: Credential): Promise<ScimPrincipal | undefined> {
    const presented = readCredential('ghs', text);
    const row = presented && (await this.rows.find(presented));
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

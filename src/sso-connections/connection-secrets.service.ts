import { Injectable } from '@nestjs/common';
import type { Secret } from '../crypto/secret';
import { Database } from '../database/database';
import { SecretsService } from '../secrets/secrets.service';

/** What a connection keeps encrypted. */
export type ConnectionSecretPurpose = 'saml_sp_key' | 'oidc_client_secret';

const KEPT = 1_000;
const KEPT_MS = 10 * 60_000;

/**
 * Decrypts the secrets of connections for sign-ins and caches them: a stored secret never changes, because a new one
 * gets a new id. Which secret a connection uses is read each time.
 */
@Injectable()
export class ConnectionSecrets {
  private readonly opened = new Map<string, { secret: Secret; until: number }>();

  constructor(
    private readonly database: Database,
    private readonly secrets: SecretsService,
  ) {}

  /** Only outside a transaction: it opens one of its own when the secret is not known yet. */
  async open(workspaceId: string, id: string, purpose: ConnectionSecretPurpose): Promise<Secret> {
    const known = this.opened.get(id);
    if (known && known.until > Date.now()) return known.secret;
    const secret = await this.database.inWorkspace(workspaceId, () => this.secrets.reveal(id, purpose));
    this.keep(id, secret);
    return secret;
  }

  private keep(id: string, secret: Secret): void {
    this.opened.delete(id);
    this.opened.set(id, { secret, until: Date.now() + KEPT_MS });
    for (const oldest of this.opened.keys()) {
      if (this.opened.size <= KEPT) break;
      this.opened.delete(oldest);
    }
  }
}

import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { type PresentedCredential, sameHash } from '../../crypto/credential';
import { Database } from '../../database/database';
import type { ScimCredentialKind } from './scim-token.entity';

interface DeadRow {
  readonly kind: ScimCredentialKind;
  readonly name: string;
  readonly secret_hash: Buffer;
  readonly reason: 'revoked' | 'expired' | null;
}

const DEAD = `
  select kind, name, secret_hash,
         case when revoked_at is not null then 'revoked' when expires_at <= now() then 'expired' end as reason
    from scim_tokens where id = $1`;

/** A directory with a revoked credential may retry for weeks; one record per this time is enough. */
const NOTED_EVERY_MS = 10 * 60_000;
const MOST_REMEMBERED = 10_000;

/**
 * Records refused requests with genuine but ended credentials. The response is the same as for an unknown credential;
 * the reason is in the audit log. Only genuine credentials are recorded, so that strangers cannot fill the log.
 */
@Injectable()
export class RefusedCredentials {
  private readonly notedAt = new Map<string, number>();

  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  /** Records the refusal in its own transaction if the credential was issued here. */
  async note({ workspaceId, id, hash }: PresentedCredential, now = Date.now()): Promise<void> {
    const key = hash.toString('base64');
    if (now - (this.notedAt.get(key) ?? -NOTED_EVERY_MS) < NOTED_EVERY_MS) return;
    const [row] = await this.database.onceInWorkspace<DeadRow>(workspaceId, DEAD, [id]);
    if (!row?.reason || !sameHash(row.secret_hash, hash)) return;
    if (this.notedAt.size >= MOST_REMEMBERED) this.notedAt.clear();
    this.notedAt.set(key, now);
    await this.database.inWorkspace(workspaceId, async () => this.record(id, row));
  }

  private record(id: string, { kind, name, reason }: DeadRow): void {
    const target = kind === 'client' ? 'scim_client' : 'scim_token';
    this.trail.record({
      type: `${target}.refused`,
      target: { type: target, id },
      actor: { type: 'scim', id },
      data: { name, reason },
    });
  }
}

import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import type { ScimCredentialKind } from './scim-token.entity';

/** A credential that a directory can use now. */
export interface LiveCredential {
  readonly id: string;
  readonly name: string;
  readonly kind: ScimCredentialKind;
}

/** All credentials of directories together, for switching a directory off and on again. */
@Injectable()
export class CredentialsAtOnce {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  /** The credentials that are valid now. */
  live(): Promise<LiveCredential[]> {
    return this.database.query<LiveCredential>(
      `select id, name, kind from scim_tokens
        where revoked_at is null and (expires_at is null or expires_at > now()) order by id`,
    );
  }

  /** Revokes all of them and returns them. Holds from the next request on. */
  async end(): Promise<LiveCredential[]> {
    const ended = await this.database.query<LiveCredential>(
      `update scim_tokens set revoked_at = now()
        where revoked_at is null and (expires_at is null or expires_at > now()) returning id, name, kind`,
    );
    for (const { id, name, kind } of ended) {
      const what = kind === 'client' ? 'scim_client' : 'scim_token';
      this.trail.record({ type: `${what}.revoked`, target: { type: what, id }, data: { name } });
    }
    return ended;
  }

  /** Makes the credentials valid again that were revoked at `endedAt` and have not expired. Returns them. */
  bringBack(ids: readonly string[], endedAt: Date): Promise<LiveCredential[]> {
    return this.database.query<LiveCredential>(
      `update scim_tokens set revoked_at = null
        where id = any($1) and date_trunc('milliseconds', revoked_at) = $2 and (expires_at is null or expires_at > now())
        returning id, name, kind`,
      [ids, endedAt],
    );
  }
}

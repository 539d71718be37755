import { Injectable } from '@nestjs/common';
import { IsNull, LessThan } from 'typeorm';
import { AuditTrail } from '../../audit/audit-trail';
import { issueCredential } from '../../crypto/credential';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { decodeCursor, type PageQuery } from '../../http/page';
import { NotFound, ValidationFailed } from '../../http/problems';
import { ScimToken } from './scim-token.entity';

export interface NewScimToken {
  readonly name: string;
  readonly expiresAt?: string | null;
  /** The member who makes it. */
  readonly createdBy: string;
}

/** The tokens by which directories reach this workspace: several may live at once, so that one can follow another. */
@Injectable()
export class ScimTokensService {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  /** Makes a token; its text is in the answer and nowhere else. Throws 400 for an expiry that is not ahead. */
  async issue({ name, expiresAt, createdBy }: NewScimToken): Promise<{ token: ScimToken; text: string }> {
    const id = uuidV7();
    const { text, hash, hint } = issueCredential('ghs', this.database.workspaceId, id);
    const expiry = expiresAt ? instantAhead(expiresAt) : null;
    await this.tokens.insert({ id, name, secretHash: hash, hint, createdBy, expiresAt: expiry });
    this.trail.record({
      type: 'scim_token.created',
      target: { type: 'scim_token', id },
      data: { name, expiresAt: expiry },
    });
    return { token: await this.tokens.findOneByOrFail({ id }), text };
  }

  /** Newest first, one more than the page holds. */
  list({ limit, cursor }: PageQuery): Promise<ScimToken[]> {
    return this.tokens.find({
      ...(cursor && { where: { id: LessThan(decodeCursor(cursor)) } }),
      order: { id: 'DESC' },
      take: limit + 1,
    });
  }

  /** Ends a token for good, from the next request on. Throws NotFound also for one that is revoked already. */
  async revoke(id: string): Promise<void> {
    const { affected } = await this.tokens.update({ id, revokedAt: IsNull() }, { revokedAt: new Date() });
    if (!affected) throw new NotFound('SCIM token');
    const { name } = await this.tokens.findOneByOrFail({ id });
    this.trail.record({ type: 'scim_token.revoked', target: { type: 'scim_token', id }, data: { name } });
  }

  /** Notes, to the minute, that the token was used. Never waits for another request that notes the same. */
  async noteUse(id: string): Promise<void> {
    await this.database.query(
      `update scim_tokens set last_used_at = now() where id = (
         select id from scim_tokens
          where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')
            for no key update skip locked)`,
      [id],
    );
  }

  private get tokens() {
    return this.database.repository(ScimToken);
  }
}

function instantAhead(text: string): Date {
  const instant = new Date(text);
  const isAhead = instant.getTime() > Date.now() && instant.getUTCFullYear() < 10_000;
  if (!isAhead)
    throw new ValidationFailed([{ field: 'expiresAt', message: 'expiresAt must be a time ahead.' }]);
  return instant;
}

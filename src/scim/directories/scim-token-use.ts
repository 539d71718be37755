import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { prepared } from '../../database/statement';
import { requestContext } from '../../http/request-context';

const NOTED_EVERY_MS = 60_000;
const MOST_REMEMBERED = 10_000;

/** Skips a row that another request is updating, instead of waiting for it. */
const NOTE_USE = prepared(
  'note_scim_token_use',
  `update scim_tokens set last_used_at = now(), last_used_by = $2, last_used_from = $3 where id = (
     select id from scim_tokens
      where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')
        for no key update skip locked)`,
);

/** Records the last use of a credential: minute, connector and network. */
@Injectable()
export class ScimTokenUse {
  private readonly notedAt = new Map<string, number>();

  constructor(private readonly database: Database) {}

  /** For a request that is not in a transaction yet. */
  async note(workspaceId: string, id: string): Promise<void> {
    if (Date.now() - (this.notedAt.get(id) ?? 0) < NOTED_EVERY_MS) return;
    await this.database.onceInWorkspace(workspaceId, NOTE_USE, valuesOf(id));
    if (this.notedAt.size >= MOST_REMEMBERED) this.notedAt.clear();
    this.notedAt.set(id, Date.now());
  }

  /** Records the use with the current transaction. */
  noteAlong(id: string): void {
    this.database.defer(NOTE_USE, valuesOf(id));
  }
}

function valuesOf(id: string): unknown[] {
  const { ip, userAgent } = requestContext.current() ?? {};
  return [id, userAgent?.replaceAll('\u0000', '').slice(0, 200) ?? null, ip ?? null];
}

import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../database/database';

const MINUTE = 60_000;
const MOST_REMEMBERED = 10_000;

/**
 * Notes when keys were last used, to the minute: one update per key and minute, beside the request and not in it.
 * A note that is lost on the way is made again with the next request after a minute.
 */
@Injectable()
export class ApiKeyUse {
  private readonly log = new Logger('ApiKeys');
  private readonly noted = new Map<string, number>();

  constructor(private readonly database: Database) {}

  note(workspaceId: string, keyId: string, now = Date.now()): void {
    if (now - (this.noted.get(keyId) ?? -MINUTE) < MINUTE) return;
    if (this.noted.size >= MOST_REMEMBERED) this.noted.clear();
    this.noted.set(keyId, now);
    this.write(workspaceId, keyId).catch((failure: unknown) => {
      this.log.debug(`The use of a key was not noted: ${String(failure)}`);
    });
  }

  private async write(workspaceId: string, keyId: string): Promise<void> {
    await this.database.inWorkspace(workspaceId, () =>
      this.database.query(
        `update api_keys set last_used_at = now()
          where id = $1 and (last_used_at is null or last_used_at < now() - interval '50 seconds')`,
        [keyId],
      ),
    );
  }
}

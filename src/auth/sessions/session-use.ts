import { Injectable, Logger } from '@nestjs/common';
import { MINUTE_MS } from '../../config/durations';
import { Database } from '../../database/database';
import { prepared } from '../../database/statement';

const MOST_REMEMBERED = 10_000;

const NOTE = prepared(
  'note_session_use',
  `update sessions set last_used_at = now()
    where id = $1 and ended_at is null and last_used_at < now() - interval '50 seconds'`,
);

/**
 * Keeps sessions in use from running idle: one update per session and minute, beside the request and not in it. The
 * shortest idle time a policy allows is five minutes, and a note that is lost is made again a minute later.
 */
@Injectable()
export class SessionUse {
  private readonly log = new Logger('Sessions');
  private readonly noted = new Map<string, number>();

  constructor(private readonly database: Database) {}

  note(workspaceId: string, sessionId: string, now = Date.now()): void {
    if (now - (this.noted.get(sessionId) ?? -MINUTE_MS) < MINUTE_MS) return;
    if (this.noted.size >= MOST_REMEMBERED) this.noted.clear();
    this.noted.set(sessionId, now);
    this.write(workspaceId, sessionId).catch((failure: unknown) => {
      this.log.debug(`The use of a session was not noted: ${String(failure)}`);
    });
  }

  private async write(workspaceId: string, sessionId: string): Promise<void> {
    await this.database.onceInWorkspace(workspaceId, NOTE, [sessionId], { mayBeLost: true });
  }
}

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database';
import { EveryWorkspace } from '../../schedule/every-workspace';
import { Schedule } from '../../schedule/schedule';

const DAY = 86_400;
/** How long a session is kept that is over. */
const KEPT_DAYS = 30;
/** So many rows leave in one transaction. */
const AT_ONCE = 5_000;

/** The first condition follows from the second, and an index knows it. */
const LONG_OVER = `
  s.last_used_at < now() - interval '${KEPT_DAYS} days'
  and least(coalesce(s.ended_at, 'infinity'), s.expires_at, s.last_used_at + make_interval(secs => s.idle_seconds))
        < now() - interval '${KEPT_DAYS} days'`;

/** Tokens that were exchanged stay as long as their session: one that comes again must be known for what it is. */
const FORGET_TOKENS = `
  with gone as (
    delete from refresh_tokens where id in
      (select t.id from refresh_tokens t join sessions s on s.id = t.session_id where ${LONG_OVER} limit $1)
    returning id)
  select count(*)::int as count from gone`;

/** The last session of a member stays: it says when they were last seen. */
const FORGET_SESSIONS = `
  with gone as (
    delete from sessions where id in
      (select s.id from sessions s
        where ${LONG_OVER}
          and exists (select from sessions later
                       where later.member_id = s.member_id and (later.last_used_at, later.id) > (s.last_used_at, s.id))
        limit $1)
    returning id)
  select count(*)::int as count from gone`;

/** Takes away sessions that have long been over, and their refresh tokens. The audit log and receipts name them still. */
@Injectable()
export class SessionRetention implements OnModuleInit {
  constructor(
    private readonly schedule: Schedule,
    private readonly workspaces: EveryWorkspace,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.schedule.every('auth.forget_sessions', DAY, (_now, stopping) =>
      this.workspaces.each(async (id) => {
        for (const statement of [FORGET_TOKENS, FORGET_SESSIONS]) await this.forget(id, statement, stopping);
      }, stopping),
    );
  }

  private async forget(workspaceId: string, statement: string, stopping: AbortSignal): Promise<void> {
    let left: { count: number } | undefined;
    do {
      [left] = await this.database.onceInWorkspace<{ count: number }>(workspaceId, statement, [AT_ONCE]);
    } while (left!.count === AT_ONCE && !stopping.aborted);
  }
}

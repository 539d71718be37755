import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DAY_SECONDS } from '../../config/durations';
import { Clearance, counted, portionOf } from '../../schedule/clearance';
import { Schedule } from '../../schedule/schedule';

/** How long a session is kept that is over. */
const KEPT_DAYS = 30;

/** The first condition follows from the second, and an index knows it. */
const LONG_OVER = `
  s.last_used_at < now() - interval '${KEPT_DAYS} days'
  and least(coalesce(s.ended_at, 'infinity'), s.expires_at, s.last_used_at + make_interval(secs => s.idle_seconds))
        < now() - interval '${KEPT_DAYS} days'`;

/** Exchanged refresh tokens are kept as long as their session, so that a replayed one is recognised. */
const TOKENS = portionOf('t.id', 'refresh_tokens t join sessions s on s.id = t.session_id', LONG_OVER);

/**
 * Sessions without remaining refresh tokens. Keeps the last session of each member, which shows when they were last
 * seen.
 */
const SESSIONS = portionOf(
  's.id',
  'sessions s',
  `${LONG_OVER}
   and not exists (select from refresh_tokens t where t.session_id = s.id)
   and exists (select from sessions later
                where later.member_id = s.member_id and (later.last_used_at, later.id) > (s.last_used_at, s.id))`,
);

/** Takes away sessions that have long been over, and their refresh tokens. The audit log and receipts name them still. */
@Injectable()
export class SessionRetention implements OnModuleInit {
  constructor(
    private readonly schedule: Schedule,
    private readonly clearance: Clearance,
  ) {}

  onModuleInit(): void {
    const portions = [
      { sql: counted(`delete from refresh_tokens where id in (${TOKENS})`) },
      { sql: counted(`delete from sessions where id in (${SESSIONS})`) },
    ];
    this.schedule.every('auth.forget_sessions', DAY_SECONDS, (_now, stopping) =>
      this.clearance.inEach(portions, stopping),
    );
  }
}

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HOUR_SECONDS } from '../../config/durations';
import { Database } from '../../database/database';
import { decodeCursor } from '../../http/page';
import { NotFound } from '../../http/problems';
import { Clearance, outdated } from '../../schedule/clearance';
import { Schedule } from '../../schedule/schedule';
import type { ActivityQuery } from './activity.dto';
import type { Activity } from './activity';

const KEPT_DAYS = 30;
const TOO_OLD = `at < $1::timestamptz - interval '${KEPT_DAYS} days'`;

const ACTIVITY = `
  select id, at, directory_id as "directoryId", directory_name as "directoryName", connector, method, path, query,
         summary, outcome, status, scim_type as "scimType", detail, duration_ms as "durationMs", operations, changes,
         ip, user_agent as "userAgent", request_id as "requestId"
    from scim_activity`;

const PAGE = `${ACTIVITY}
   where ($1::uuid is null or id < $1)
     and ($2::uuid is null or member_ids @> array[$2]) and ($3::uuid is null or group_ids @> array[$3])
     and ($4::text is null or outcome = $4) and ($5::uuid is null or directory_id = $5)
     and ($6::timestamptz is null or at >= $6) and ($7::timestamptz is null or at < $7)
     and ($8::text is null or strpos(lower(summary || ' ' || method || ' ' || path || ' ' || coalesce(query, '')), lower($8)) > 0)
   order by id desc limit $9`;

/** Reads the activity log of directories. Entries are deleted after thirty days. */
@Injectable()
export class ActivityLog implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly schedule: Schedule,
    private readonly clearance: Clearance,
  ) {}

  onModuleInit(): void {
    this.schedule.every('scim.forget_activity', HOUR_SECONDS, (now, stopping) =>
      this.clearance.inEach([outdated('scim_activity', TOO_OLD, [now])], stopping),
    );
  }

  /** Newest first; one row more than the page holds. */
  list({ limit, cursor, member, group, outcome, token, from, to, text }: ActivityQuery): Promise<Activity[]> {
    const past = cursor === undefined ? null : decodeCursor(cursor);
    // Parsed here because PostgreSQL understands fewer date formats than clients send.
    const [since, until] = [from, to].map((time) => time && new Date(time));
    const filters = [member, group, outcome, token, since, until, text].map((value) => value ?? null);
    return this.database.query<Activity>(PAGE, [past, ...filters, limit + 1]);
  }

  /** The entry with this id. Throws NotFound. */
  async get(id: string): Promise<Activity> {
    const [activity] = await this.database.query<Activity>(`${ACTIVITY} where id = $1`, [id]);
    if (!activity) throw new NotFound('Activity');
    return activity;
  }
}

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DAY_MS, DAY_SECONDS } from '../../config/durations';
import { Database } from '../../database/database';
import { NotFound, ValidationFailed } from '../../http/problems';
import { Clearance, outdated } from '../../schedule/clearance';
import { Schedule } from '../../schedule/schedule';

const DAYS_SHOWN = 30;
const MOST_DAYS = 366;
const KEPT_DAYS = 400;

export interface CallsOfDay {
  /** In UTC. */
  readonly day: string;
  readonly calls: number;
}

/** How often keys were used, per day; kept for 400 days. */
@Injectable()
export class ApiKeyUsage implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly schedule: Schedule,
    private readonly clearance: Clearance,
  ) {}

  onModuleInit(): void {
    this.schedule.every('api_keys.forget_usage', DAY_SECONDS, (now, stopping) => {
      const oldest = dayOf(now.getTime() - KEPT_DAYS * DAY_MS);
      return this.clearance.inEach([outdated('api_key_usage', 'day < $1::date', [oldest])], stopping);
    });
  }

  /**
   * Calls of a key per day from `from` to `to` (YYYY-MM-DD, both included), with zeros for days without calls.
   * Default: the last 30 days. Throws NotFound, and 400 `validation_failed` for more than a year.
   */
  async perDay(id: string, from?: string, to?: string, now = Date.now()): Promise<CallsOfDay[]> {
    const last = to ?? dayOf(now);
    const first = from ?? dayOf(Date.parse(last) - (DAYS_SHOWN - 1) * DAY_MS);
    const days = (Date.parse(last) - Date.parse(first)) / DAY_MS + 1;
    if (days < 1 || days > MOST_DAYS) {
      throw new ValidationFailed([
        { field: 'from', message: `from must be no later than to, and ${MOST_DAYS} days at most before it.` },
      ]);
    }
    const [key] = await this.database.query('select 1 from api_keys where id = $1', [id]);
    if (!key) throw new NotFound('API key');
    const rows = await this.database.query<{ day: string; calls: string }>(
      `select to_char(span.day, 'YYYY-MM-DD') as day, coalesce(u.calls, 0) as calls
         from generate_series($2::date, $3::date, interval '1 day') as span (day)
         left join api_key_usage u on u.key_id = $1 and u.day = span.day::date
        order by span.day`,
      [id, first, last],
    );
    return rows.map(({ day, calls }) => ({ day, calls: Number(calls) }));
  }
}

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

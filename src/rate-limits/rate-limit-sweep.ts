import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../database/database';
import { Schedule } from '../schedule/schedule';

const EVERY_SECONDS = 600;

/** Takes away windows that are over. */
@Injectable()
export class RateLimitSweep implements OnModuleInit {
  constructor(
    private readonly schedule: Schedule,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.schedule.every('rate_limits.sweep', EVERY_SECONDS, async (now) => {
      await this.database.lookUp('sweep_rate_limits', 'delete from rate_limits where expire < $1', [
        now.getTime(),
      ]);
    });
  }
}
